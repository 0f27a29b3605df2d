import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { CallLog } from "../faults/calls.ts";
import type { History } from "../faults/history.ts";
import { seededRandom } from "../faults/random.ts";
import { beginAll } from "../faults/series/begin.ts";
import { budgetOf } from "../faults/series/budget.ts";
import type { KnownSeries } from "../faults/series/known.ts";
import { bringOn } from "../faults/series/lane.ts";
import { type Person, startPerson } from "../faults/series/person.ts";
import { startWorkload } from "../faults/workload.ts";
import { signInAgain, type User, userTransport } from "../system/user.ts";
import type { SoakBed } from "./bed.ts";
import { signOut } from "./sign-out.ts";

/** People and programs at a steady, mixed work. */
export interface Load {
  /** All calls so far, in the order of their ends. */
  readonly log: CallLog;
  readonly users: readonly User[];
  readonly history: History;
  readonly people: readonly Person[];
  readonly series: readonly KnownSeries[];
  /** Lets everything that was begun come to its end, and begins no more. */
  stop(): Promise<void>;
}

/** A user's token is valid for ten minutes; the next users come before it ends. */
const shiftMs = 8 * 60_000;
const [usersPerShift, lanes, patienceMs] = [2, 2, 120_000];
const pauses = { write: 400, read: 1_500 };
const [signInEveryMs, tokenEveryMs, completionEveryMs] = [10_000, 5_000, 2_000];

/**
 * Users who write and read, one whose series go on, sign-ins and sign-outs, and tokens that are made, used and revoked:
 * some 20 calls a second.
 */
export async function startLoad(bed: SoakBed, seed: number): Promise<Load> {
  await using stack = new AsyncDisposableStack();
  const stop = new AbortController();
  const log = new CallLog();
  const [users, history]: [User[], History] = [[], { writes: [], readings: [] }];
  const person = stack.use(await startPerson(bed, log));
  const series = await beginAll([person]);
  const working = [
    workInShifts(bed, { stop: stop.signal, log, users, history, seed }),
    bringSeriesOn({ person, series, log, seed, stop: stop.signal }),
    every(signInEveryMs, stop.signal, () => signInAndOut(bed, log, person.user)),
    every(tokenEveryMs, stop.signal, () => useToken(bed, log, person.user)),
  ];
  const owned = stack.move();
  return {
    log,
    users,
    history,
    people: [person],
    series,
    async stop() {
      stop.abort();
      await Promise.all(working);
      await owned.disposeAsync();
    },
  };
}

interface Shifts {
  readonly stop: AbortSignal;
  readonly log: CallLog;
  readonly users: User[];
  readonly history: History;
  readonly seed: number;
}

async function workInShifts(bed: SoakBed, o: Shifts): Promise<void> {
  for (let shift = 0; !o.stop.aborted; shift++) {
    const users = await Promise.all(Array.from({ length: usersPerShift }, () => bed.signUp()));
    o.users.push(...users);
    const { log, history } = o;
    const workload = startWorkload({
      users,
      seed: o.seed + shift,
      lanes,
      patience: patienceMs,
      pauses,
      log,
      history,
    });
    await pause(shiftMs, o.stop);
    await workload.stop();
  }
}

async function bringSeriesOn(o: {
  person: Person;
  series: readonly KnownSeries[];
  log: CallLog;
  seed: number;
  stop: AbortSignal;
}): Promise<void> {
  const budget = budgetOf(Number.MAX_SAFE_INTEGER);
  const random = seededRandom(o.seed);
  const { person, log } = o;
  const lanes = o.series.map((one) => bringOn({ person, series: one, budget, log, random, patienceMs }));
  await every(completionEveryMs, o.stop, async () => budget.allow(1));
  budget.end();
  await Promise.all(lanes);
}

async function signInAndOut(bed: SoakBed, log: CallLog, user: User): Promise<void> {
  const again = await log.make("sign-in", () => signInAgain(bed.gatewayUrl, user));
  if (again !== undefined) await log.make("sign-out", () => signOut(bed.gatewayUrl, again.session));
}

/** A program's way in: made, used, revoked. */
async function useToken(bed: SoakBed, log: CallLog, user: User): Promise<void> {
  await log.make("token", async () => {
    const tokens = user.client(TokenService);
    const { token, secret } = await tokens.createToken({ name: "soak", scopes: ["tasks:read"] });
    await createClient(TaskService, userTransport(bed.gatewayUrl, secret)).listTasks({ pageSize: 1 });
    await tokens.revokeToken({ id: token?.id ?? "" });
  });
}

async function every(ms: number, stop: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!stop.aborted) {
    await work();
    await pause(ms, stop);
  }
}

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: stop }).catch(() => undefined);
}
