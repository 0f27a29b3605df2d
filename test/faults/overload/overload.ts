import type { Bed } from "../bed.ts";
import { createCaller } from "./caller.ts";
import { closedLoop, openLoop, type Tally } from "./load.ts";
import { watchMemory } from "./memory.ts";

/** How much is asked, and for how long. */
export interface OverloadPlan {
  readonly users: number;
  readonly warmMs: number;
  readonly peakMs: number;
  readonly overloadMs: number;
  readonly afterMs: number;
}

export const overloadPlan: OverloadPlan = {
  users: 40,
  warmMs: 10_000,
  peakMs: 15_000,
  overloadMs: 60_000,
  afterMs: 10_000,
};

/** What one process may hold at most, in MiB. A Node has about 150 when it has started. */
export const mostMebibytes = 512;

/** How a system went through more than it can do. */
export interface OverloadResult {
  readonly peak: Tally;
  readonly during: Tally;
  readonly after: Tally;
  /** The most memory of each process, in MiB. */
  readonly memory: ReadonlyMap<string, number>;
}

/** As many calls at once as keep everything busy without queues that grow. */
const places = 32;
const times = 5;

/**
 * How many connections the task service has to Postgres, and how far away that is in milliseconds: then they, and not the
 * machine which makes the load as well, are what there is too little of.
 */
export const [databaseConnections, databaseMs] = [3, 40];

/** Finds out how much the system does, asks five times as much, and at once after that half of it. */
export async function overload(bed: Bed, plan: OverloadPlan): Promise<OverloadResult> {
  const users = [];
  for (let n = 0; n < plan.users; n++) users.push(await bed.signUp());
  using caller = createCaller(bed.gatewayUrl, users);
  await bed.wire("task-postgres").spoil({ type: "latency", attributes: { latency: databaseMs } });
  const memory = watchMemory(bed.serving());
  try {
    await closedLoop(caller, { places, ms: plan.warmMs });
    const peak = await closedLoop(caller, { places, ms: plan.peakMs });
    const most = peak.donePerSecond;
    const during = await openLoop(caller, { perSecond: most * times, ms: plan.overloadMs });
    const after = await openLoop(caller, { perSecond: most / 2, ms: plan.afterMs });
    return { peak, during, after, memory: memory.most };
  } finally {
    await memory.stop();
  }
}
