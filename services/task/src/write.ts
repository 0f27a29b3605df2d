import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import { DomainError, ErrorReason } from "@todo/kit/errors";
import type { Failpoints } from "@todo/kit/failpoint";
import { failureKind } from "@todo/kit/failure";
import type { Principal } from "@todo/kit/principal";
import type { Relay } from "@todo/kit/relay";
import { currentRequest } from "@todo/kit/request-context";
import { requireNoDeadlock } from "./consequences/deadlock.ts";
import { withConsequences } from "./consequences.ts";
import type { Database, DatabasePool } from "./database.ts";
import { databaseUnavailable, outboxFull, requestInFlight, taskQuotaExceeded } from "./errors.ts";
import { withUserLocked } from "./lock-user.ts";
import { type Decision, type Outcome, outcomeOf } from "./outcome.ts";
import { type Ground, load } from "./queries/load.ts";
import { type AnswerKey, answerKey, replay } from "./replay.ts";
import { remember, type Saving, save } from "./save.ts";
import { createSavePace, type SavePace } from "./save-pace.ts";
import { SeriesBook } from "./series/book.ts";
import { type Turn, TurnLateError, type Turns } from "./turns.ts";

export interface WriteDeps {
  /** It gives a statement up when the signal of the call fires; what it would have stored is not stored then. */
  databaseFor(signal: AbortSignal): DatabasePool;
  relay: Pick<Relay, "kick" | "depth">;
  turns: Turns;
  now: () => Date;
  failpoints: Failpoints;
  /** How many events may wait for the broker before writes are refused. */
  outboxCap: number;
  /** How long a write waits for another one of the same user. */
  waitMs: number;
  /** How many tasks a user may have, those in the trash included. */
  taskQuota: number;
}

/** A call that changes tasks. */
export interface Write<I extends DescMessage, O extends DescMessage> {
  method: Pick<DescMethodUnary<I, O>, "name" | "input" | "output">;
  request: MessageShape<I> & { requestId: string };
  principal: Principal;
  signal: AbortSignal;
  /** The tasks that the decision has to know. */
  taskIds: readonly string[];
  /** Whether nothing stored matters but the number of the user's newest change, which the turn may know. */
  blind: boolean;
  /** Whether the decision itself writes: it then runs in the transaction, with its user locked. */
  locked?: boolean;
  /** Asks the domain. May run again, on newer ground, if another process was faster. */
  decide(ground: Ground, o: Circumstances): Decision<O> | Promise<Decision<O>>;
}

/** What a decision is made with besides the ground. */
export interface Circumstances {
  now: Date;
  /** For what else has to be read. */
  database: Database;
  /**
   * Throws OUTBOX_FULL where so many events more would be too many. Those of one command never need more than half of
   * what the outbox may hold, so that any command can be done where little waits.
   */
  requireOutbox(events: number): void;
}

/**
 * How often a write begins at all, and how often it does so in the hope that no other process changes something of the
 * same user in between. After that it locks the user first, and so makes sure to get through.
 */
const maxAttempts = 6;
const maxHopeful = 3;

/**
 * Runs writes: each takes its user's turn, and ends with its effect, its events and its answer stored together, or with
 * nothing. With the `request_id` of an earlier one it gets that one's answer.
 */
export function createWriter(deps: WriteDeps) {
  const running = new Set<string>();
  const pace = createSavePace();

  return async <I extends DescMessage, O extends DescMessage>(
    call: Write<I, O>,
  ): Promise<MessageShape<O>> => {
    if (deps.relay.depth() >= deps.outboxCap) throw outboxFull();
    const key = answerKey(call.method, call.request);
    const id = key === undefined ? undefined : `${call.principal.userId} ${key.requestId}`;
    const twin = id !== undefined && running.has(id);
    if (id !== undefined) running.add(id);
    try {
      return await deps.turns.take(call.principal.userId, call.signal, (turn) =>
        settle(deps, { ...deps, call, key, turn, pace, requireOutbox: outboxGate(deps) }),
      );
    } catch (error) {
      if (!(error instanceof TurnLateError)) throw error;
      throw twin && key !== undefined ? requestInFlight(key.requestId, error) : databaseUnavailable(error);
    } finally {
      if (id !== undefined && !twin) running.delete(id);
    }
  };
}

export type Writer = ReturnType<typeof createWriter>;

function outboxGate({ relay, outboxCap }: WriteDeps): Circumstances["requireOutbox"] {
  return (events) => {
    if (relay.depth() + Math.min(events, outboxCap / 2) > outboxCap) throw outboxFull();
  };
}

/** A write that has its turn. */
interface Attempt<I extends DescMessage, O extends DescMessage> {
  call: Write<I, O>;
  key: AnswerKey | undefined;
  turn: Turn;
  now: () => Date;
  waitMs: number;
  taskQuota: number;
  pace: SavePace;
  requireOutbox: Circumstances["requireOutbox"];
}

type Settled<O extends DescMessage> = Pick<Outcome<O>, "response" | "userSeq" | "saving">;

async function settle<I extends DescMessage, O extends DescMessage>(
  { databaseFor, failpoints, relay }: WriteDeps,
  attempt: Attempt<I, O>,
): Promise<MessageShape<O>> {
  const database = databaseFor(attempt.call.signal);
  for (let count = 1; count <= maxAttempts; count++) {
    const settled = await tryCount(database, attempt, count).catch((error: unknown) => {
      throw storeOutcome(error, attempt.key);
    });
    if (settled === undefined) continue;
    attempt.turn.newest = settled.userSeq;
    if (settled.saving !== undefined) {
      await failpoints.hit("task.after-commit");
      relay.kick();
    }
    return settled.response;
  }
  throw databaseUnavailable(new Error("another process is faster every time"));
}

function tryCount<I extends DescMessage, O extends DescMessage>(
  database: DatabasePool,
  attempt: Attempt<I, O>,
  count: number,
): Promise<Settled<O> | undefined> {
  if (count <= maxHopeful && !attempt.call.locked) return tryOnce(database, attempt);
  const { userId } = attempt.call.principal;
  return withUserLocked(database, { userId, waitMs: attempt.waitMs }, async (on) => {
    const settled = await tryOnce(on, attempt);
    // What the decision wrote must not be committed without the rest.
    if (settled === undefined && attempt.call.locked) throw new Error("a locked user changed");
    return settled;
  });
}

/** `undefined`: something of the user changed in between, and nothing was stored. */
async function tryOnce<I extends DescMessage, O extends DescMessage>(
  database: Database,
  attempt: Attempt<I, O>,
): Promise<Settled<O> | undefined> {
  const { call, key, turn, requireOutbox } = attempt;
  const ground = await groundOf(database, attempt);
  if (key !== undefined && ground.answer !== undefined) {
    const response = replay(call.method.output, key, ground.answer);
    return { response, userSeq: ground.newest, saving: undefined };
  }
  const { userId } = call.principal;
  const time = attempt.now();
  const decision = await call.decide(ground, { now: time, database, requireOutbox });
  const follow = decision.dryRun ? foreseen : followed;
  const outcome = outcomeOf(call, await follow(database, decision, { ground, userId, time }), {
    key,
    newest: ground.newest,
    time,
  });
  requireRoom(ground, outcome.saving, attempt.taskQuota);
  turn.newest = undefined;
  try {
    return (await store(database, attempt, outcome)) ? outcome : undefined;
  } catch (error) {
    if (isOvertaken(error)) return undefined;
    throw error;
  }
}

/** A decision with what follows from it for other tasks and for series. */
async function followed<O extends DescMessage>(
  database: Database,
  { series, ...decision }: Decision<O>,
  o: { ground: Ground; userId: string; time: Date },
) {
  const book = new SeriesBook(database, { userId: o.userId, now: o.time });
  const own = [...decision.changes, ...(await book.withdrawals(decision.changes))];
  own.push(...(await book.handovers(own)));
  if (!decision.isNextOccurrence) await requireNoDeadlock(database, o.userId, own);
  const changes = await withConsequences(database, { ...decision, changes: own }, o);
  return { ...decision, changes, settled: await book.settle(changes, series) };
}

/** What `followed` answers, also for a command that is too large to be done. */
async function foreseen<O extends DescMessage>(
  database: Database,
  decision: Decision<O>,
  o: Parameters<typeof followed>[2],
) {
  try {
    return await followed(database, decision, o);
  } catch (error) {
    if (!(error instanceof DomainError) || error.reason !== ErrorReason.COMMAND_TOO_LARGE) throw error;
    return { ...decision, settled: { series: [], facts: [] }, refusal: error };
  }
}

/** Throws TASK_QUOTA_EXCEEDED. Where the number of tasks is not known, saving finds out. */
function requireRoom({ taskCount = 0 }: Ground, saving: Saving | undefined, quota: number): void {
  const made = saving?.made ?? 0;
  if (made > 0 && taskCount + made > quota) throw taskQuotaExceeded(quota);
}

async function groundOf<I extends DescMessage, O extends DescMessage>(
  database: Database,
  { call, key, turn: { newest } }: Attempt<I, O>,
): Promise<Ground> {
  if (call.blind && newest !== undefined)
    return { newest, taskCount: undefined, answer: undefined, tasks: new Map(), unawaited: new Set() };
  return load(database, call.principal.userId, key, call.taskIds);
}

/** `false`: the user changed something in between. */
async function store<I extends DescMessage, O extends DescMessage>(
  database: Database,
  { call, pace, ...o }: Attempt<I, O>,
  { saving, answer, time }: Outcome<O>,
): Promise<boolean> {
  if (saving !== undefined) {
    const [changes, begun] = [saving.feed.length, Date.now()];
    const deadline = currentRequest()?.deadline;
    pace.requireTime(changes, deadline === undefined ? undefined : deadline - begun);
    const saved = await save(database, saving, o);
    pace.took(changes, Date.now() - begun);
    return saved;
  }
  if (answer !== undefined) await remember(database, call.principal.userId, answer, time);
  return true;
}

/** Two writes met: the other one, perhaps the very same call, is stored by now or will be tried again. */
function isOvertaken(error: unknown): boolean {
  if (failureKind(error) === "conflict") return true;
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return code === "23505" && (constraint === "answer_pkey" || constraint === "task_occurrence");
}

function storeOutcome(error: unknown, key: AnswerKey | undefined): unknown {
  if (error instanceof DomainError) return error;
  const lockTimedOut = (error as { code?: unknown }).code === "55P03";
  if (lockTimedOut && key !== undefined) return requestInFlight(key.requestId, error);
  return failureKind(error) === "infrastructure" ? databaseUnavailable(error) : error;
}
