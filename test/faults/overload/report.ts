import type { Tally } from "./load.ts";
import { databaseConnections, databaseMs, mostMebibytes, type OverloadResult } from "./overload.ts";

/** What came of asking too much, as a part of the document. */
export function overloadSection({ peak, during, after, memory }: OverloadResult): string {
  return `## Overload

The task service has ${databaseConnections} connections to a Postgres that is ${databaseMs} ms away, so that they, and not
the machine on which the load is made as well, are what there is too little of. Forty users create tasks through the gateway: first as many at once as keep the system
busy, then at five times the rate that came of it for a minute, and at once after that at half of it. A test asks for at
least 0.8 of the peak, that all other calls are refused by \`RESOURCE_EXHAUSTED\` or \`UNAVAILABLE\` with the time after
which to come back, but for the one in a hundred whose own deadline of 5 s may pass, and that no process holds more than
${mostMebibytes} MiB.

| | Asked per second | Done per second | Of the peak | Endings |
| --- | --- | --- | --- | --- |
${line("At its peak", peak, peak)}
${line("Asked for five times that", during, peak)}
${line("At once after that", after, peak)}

The most memory that was seen: ${[...memory].map(([name, mebibytes]) => `${name} ${mebibytes.toFixed(0)} MiB`).join(", ")}.`;
}

function line(what: string, tally: Tally, peak: Tally): string {
  const ratio = (tally.donePerSecond / peak.donePerSecond).toFixed(2);
  const endings = [...tally.endings].map(([ending, calls]) => `${calls} × ${ending}`).join(", ");
  const rates = [tally.offeredPerSecond, tally.donePerSecond].map((rate) => rate.toFixed(0));
  return `| ${[what, ...rates, ratio, endings].join(" | ")} |`;
}
