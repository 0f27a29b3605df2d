import { loadLimits } from "@todo/local/apps/load-limits";
import type { LocalSystem } from "@todo/local/local-system";
import { startLocalSystem } from "@todo/local/system";
import { temporaryDataFolder } from "@todo/local/temporary-folder";
import { jsonCaller } from "#src/load/json-caller.ts";
import { median, quantile } from "#src/load/statistics.ts";
import { steadily } from "#src/load/steady.ts";
import { signUpPeople } from "#src/mesh/people.ts";
import type { Comparison } from "#src/report/figure.ts";
import type { Bench } from "../bench.ts";
import { askAs } from "./gateway-calls.ts";
import { type Completion, type RepeatingTask, startRepeating } from "./repeating-task.ts";
import { stageLines } from "./stages.ts";
import { openStampBook, type Stamps } from "./stamps.ts";
import type { Looking } from "./until.ts";

/** Together half a minute, with the calls. */
const looking: Omit<Looking, "signal"> = { everyMs: 20, mostLooks: 1_000 };

/** How long a user who completed a task that repeats waits for the next one. */
export async function measureSeries(bench: Bench): Promise<Comparison[]> {
  const { plan, signal } = bench;
  await using stack = new AsyncDisposableStack();
  const system = await startSystem(stack, bench);
  const stampBook = stack.use(openStampBook(system.database.adminUrl));
  const tasks = await startTasks(stack, system, bench);
  const { windows, warmUpSeconds, perSecond, seconds } = plan.series;
  await completions(tasks, { perSecond, seconds: warmUpSeconds }, signal);
  const [found, stamps]: [Completion[][], Stamps[]] = [[], []];
  for (let window = 0; window < windows; window++) {
    const own = await completions(tasks, { perSecond, seconds }, signal);
    found.push(own);
    // The last of them come to rest before the next ones begin.
    stamps.push(...(await stampBook.of(own, signal)));
  }
  return [figureOf(found, plan.series), stagesOf(found.flat(), stamps)];
}

async function startSystem(
  stack: AsyncDisposableStack,
  { environment, signal }: Bench,
): Promise<LocalSystem> {
  const { path: dataDir } = stack.use(await temporaryDataFolder());
  const appEnvironment = { gateway: loadLimits };
  return stack.use(await startLocalSystem({ dataDir, environment, appEnvironment, signal }));
}

async function startTasks(
  stack: AsyncDisposableStack,
  { gatewayUrl }: LocalSystem,
  { plan, signal }: Bench,
): Promise<RepeatingTask[]> {
  const caller = stack.use(jsonCaller(gatewayUrl));
  const tasks: RepeatingTask[] = [];
  for (const { userId, token } of await signUpPeople(gatewayUrl, plan.series.people))
    tasks.push(await startRepeating(askAs(caller, token), userId, { ...looking, signal }));
  return tasks;
}

/** Completes so many tasks a second, of one user after the other, and waits until each next one was seen. */
async function completions(
  tasks: readonly RepeatingTask[],
  load: { perSecond: number; seconds: number },
  signal: AbortSignal,
): Promise<Completion[]> {
  const found: Completion[] = [];
  const call = async (number: number) => {
    const completion = await tasks[number % tasks.length]?.();
    if (completion !== undefined) found.push(completion);
  };
  await steadily(call, load, signal);
  return found;
}

function figureOf(
  found: readonly (readonly Completion[])[],
  { people, perSecond, seconds }: Bench["plan"]["series"],
): Comparison {
  const rows = found.map((own, index) => {
    const took = own.map(({ dueMs, seenMs }) => seenMs - dueMs);
    const [p50, p95, p99, longest] = [0.5, 0.95, 0.99, 1].map((share) => quantile(took, share));
    const looks = own.reduce((sum, completion) => sum + completion.looks, 0) / own.length;
    const times = [p50, p95, p99, longest].map((time = Number.NaN) => time.toFixed(0));
    return {
      name: `window ${index + 1}`,
      p95: p95 ?? Number.NaN,
      cells: [`${own.length}`, ...times, looks.toFixed(1)],
    };
  });
  return {
    title: "From a completion to the next task",
    about: `${perSecond} completions a second through the whole mesh, evenly spread, for ${seconds} s a window, by ${people} users
with one task each that repeats three times a week. Measured from when a task is to be completed to the first answer
that shows its user the next one, both at the gateway. The user asks ListChanges for what happened since the completion,
${looking.everyMs} ms after each answer: these pauses are in the figures, and the calls are load as well.`,
    figures: [
      {
        name: `Completion to the next task at ${perSecond}/s, p95`,
        value: median(rows.map(({ p95 }) => p95)),
        unit: "ms",
        bound: { below: 300 },
      },
    ],
    lines: { heads: ["Completions", "p50 ms", "p95 ms", "p99 ms", "longest ms", "calls to see it"], rows },
    remarks: [],
  };
}

function stagesOf(completions: readonly Completion[], stamps: readonly Stamps[]): Comparison {
  return {
    title: "Where the time to the next task goes",
    about: `The same completions, all windows together, by the times that the services wrote down: that of each change, which is
taken just before the statement that makes it, and that of recurrence's inbox, at which its transaction began. All
clocks are the same machine's.`,
    figures: [],
    lines: { heads: ["p50 ms", "p95 ms"], rows: stageLines(completions, stamps) },
    remarks: [],
  };
}
