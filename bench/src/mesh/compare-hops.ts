import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createTaskCaller } from "#src/create/caller.ts";
import { makeDatabase } from "#src/create/databases.ts";
import { startDirectService } from "#src/create/direct-service.ts";
import { type Contender, interleave, ratio, typical } from "#src/load/rounds.ts";
import type { Comparison } from "#src/report/figure.ts";
import { linesOf } from "#src/report/lines.ts";
import type { Bench } from "../bench.ts";
import type { AuditLog } from "./audit-log.ts";
import { httpCaller } from "./http-caller.ts";
import type { Person } from "./people.ts";
import type { RunningMesh } from "./running-mesh.ts";

const names = {
  direct: "direct, broker in memory",
  events: "direct; relay, Kafka and audit behind it",
  sidecars: "through two sidecars",
  gateway: "through a gateway, no sidecar",
  whole: "the whole mesh: gateway and two sidecars",
} as const;

/** What every hop costs between a caller and a stored task. */
export async function compareHops(
  bench: Bench,
  { mesh, people, audit }: { mesh: RunningMesh; people: readonly Person[]; audit: AuditLog },
): Promise<Comparison> {
  const { plan, signal } = bench;
  await using stack = new AsyncDisposableStack();
  const contenders = await waysIn(stack, bench, { mesh, people, audit });
  const samples = await interleave(contenders, plan.hops, signal);
  const alone = await interleave(contenders, plan.alone, signal);
  const lines = linesOf(samples, names.direct);
  const medians = new Map([...alone].map(([name, own]) => [name, typical(own).p50Ms]));
  const [least = 0] = medians.values();
  return {
    title: "Creating a task, hop by hop",
    about: `${plan.hops.load.inFlight} calls in flight and as many users. The first line is a task service of its own with a
broker in memory, all others lead to that of the running system, whose events go through Kafka and a sidecar to the
audit service meanwhile. The last two columns are with one call at a time, where nothing queues: the median, and what
it has more than the first line's. Between the turns the audit log catches up.`,
    figures: [
      {
        name: "Create through the whole mesh against direct",
        value: ratio(samples, names.whole, names.direct),
        unit: "of the calls/s",
        bound: { atLeast: 0.15 },
      },
    ],
    lines: {
      heads: [...lines.heads, "alone, p50 ms", "more"],
      rows: lines.rows.map(({ name, cells }) => {
        const own = medians.get(name) ?? Number.NaN;
        return { name, cells: [...cells, own.toFixed(2), (own - least).toFixed(2)] };
      }),
    },
    remarks: [],
  };
}

async function waysIn(
  stack: AsyncDisposableStack,
  { folder, log, signal }: Bench,
  { mesh, people, audit }: { mesh: RunningMesh; people: readonly Person[]; audit: AuditLog },
): Promise<Contender[]> {
  const { system, assertions } = mesh;
  const userIds = people.map(({ userId }) => userId);
  const own = stack.use(
    await startDirectService({
      databaseUrl: await makeDatabase(system.database.adminUrl, "direct"),
      rolePassword: await rolePassword(system.folder.secrets),
      logFile: join(folder, "task.log"),
      log,
    }),
  );
  const whole = stack.use(httpCaller(system.gatewayUrl, people));
  const plain = stack.use(httpCaller(mesh.plainGatewayUrl, people));
  const settle = () => audit.caughtUp(signal);
  return [
    { name: names.direct, call: createTaskCaller({ ...own, userIds }) },
    { name: names.events, call: createTaskCaller({ mesh: mesh.direct, assertions, userIds }), settle },
    {
      name: names.sidecars,
      call: createTaskCaller({ mesh: mesh.throughSidecars, assertions, userIds }),
      settle,
    },
    { name: names.gateway, call: plain.call, settle },
    { name: names.whole, call: whole.call, settle },
  ];
}

/** The password of the task service's role in a running system. */
async function rolePassword(secrets: string): Promise<string> {
  return (await readFile(join(secrets, "task", "database-role-password"), "utf8")).trim();
}
