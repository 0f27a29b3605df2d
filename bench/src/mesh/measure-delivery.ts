import type { Call } from "#src/load/closed-loop.ts";
import { median, quantile } from "#src/load/statistics.ts";
import { steadily } from "#src/load/steady.ts";
import type { Comparison } from "#src/report/figure.ts";
import type { Bench } from "../bench.ts";
import type { AuditLog } from "./audit-log.ts";

/** How long an event takes from the change that makes it true to the service that waits for it. */
export async function measureDelivery(
  { plan: { delivery }, signal }: Bench,
  { call, audit }: { call: Call; audit: AuditLog },
): Promise<Comparison> {
  const { perSecond, seconds, windows } = delivery;
  await steadily(call, { perSecond, seconds: delivery.warmUpSeconds }, signal);
  const rows: { name: string; p50: number; p95: number; cells: string[] }[] = [];
  for (let window = 1; window <= windows; window++) {
    const since = new Date();
    await steadily(call, { perSecond, seconds }, signal);
    await audit.caughtUp(signal);
    const delays = await audit.delaysSince(since);
    const [p50, p95] = [quantile(delays, 0.5), quantile(delays, 0.95)];
    const cells = [`${delays.length}`, p50.toFixed(0), p95.toFixed(0), quantile(delays, 1).toFixed(0)];
    rows.push({ name: `window ${window}`, p50, p95, cells });
  }
  return {
    title: "From the commit to the handler",
    about: `${perSecond} tasks a second through the whole mesh, evenly spread, for ${seconds} s a window. Measured from the time
that stands in the event, which is taken just before the statement that commits it, to the time that the audit
service's handler writes into its entry: the statement, the outbox, the relay, Kafka, the sidecar and the handler's
first steps. Both clocks are the same machine's.`,
    figures: [
      {
        name: `Commit to handler at ${perSecond}/s, p95`,
        value: median(rows.map(({ p95 }) => p95)),
        unit: "ms",
        bound: { below: 60 },
      },
    ],
    lines: { heads: ["Events", "p50 ms", "p95 ms", "longest ms"], rows },
    remarks: [],
  };
}
