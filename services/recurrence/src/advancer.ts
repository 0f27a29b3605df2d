import type { AnyKysely } from "@todo/kit/database";
import type { Failpoints } from "@todo/kit/failpoint";
import { describeFailure } from "@todo/kit/failure";
import type { Logger } from "@todo/kit/log";
import { span, withRemoteParent } from "@todo/kit/trace";
import { type Claims, createClaims } from "./claims.ts";
import { advancesAsked } from "./metrics.ts";
import { type ClaimedAdvance, finishAdvance, putOffAdvance } from "./pending-table.ts";
import type { Answer, AskTask } from "./task-advance.ts";

/** Brings the advances that wait to task. Several processes may do so at once: each advance has one at a time. */
export interface Advancer extends AsyncDisposable {
  /** Looks whether something waits. */
  kick(): void;
  /** Resolves when nothing is under way here. */
  idle(): Promise<void>;
}

export interface AdvancerOptions {
  database: AnyKysely;
  ask: AskTask;
  now: () => Date;
  log: Logger;
  /** Where tests make it fail: `recurrence.before-advance`, `recurrence.after-advance`. */
  failpoints: Failpoints;
  /** How often to look for what nobody said anything of: what was put off, and what a dead process left. */
  pollMs: number;
  /** How long an advance belongs to the process that claimed it. */
  leaseMs: number;
  /** How long an advance is tried again while task is away. */
  patienceMs: number;
}

const lanes = 8;
const mostRefusals = 8;
const [firstPauseMs, longestPauseMs] = [200, 60_000];

export function startAdvancer(o: AdvancerOptions): Advancer {
  const stop = new AbortController();
  const running = new Set<Promise<void>>();
  const claims = createClaims(o);
  let kicks = 0;
  const lane = async () => {
    for (let seen = -1; seen !== kicks && !stop.signal.aborted; ) {
      seen = kicks;
      while (!stop.signal.aborted && (await workOne(o, claims, stop.signal)));
    }
  };
  const kick = () => {
    kicks += 1;
    if (running.size >= lanes || stop.signal.aborted) return;
    const started = lane()
      .catch((error: unknown) => o.log.warn({ err: error }, "advances were not worked on"))
      .finally(() => running.delete(started));
    running.add(started);
  };
  const timer = setInterval(kick, o.pollMs);
  const idle = async () => {
    while (running.size > 0) await Promise.all(running);
  };
  return {
    kick,
    idle,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      stop.abort();
      await idle();
    },
  };
}

/** Works on one advance. Says whether there was one. No lock is held while task is asked. */
function workOne(o: AdvancerOptions, claims: Claims, signal: AbortSignal): Promise<boolean> {
  return claims.withOne((claimed) =>
    withRemoteParent(claimed.traceparent, () =>
      span("advance series", { "todo.series_id": claimed.seriesId }, () => bring(o, claimed, signal)),
    ),
  );
}

async function bring(o: AdvancerOptions, claimed: ClaimedAdvance, signal: AbortSignal): Promise<void> {
  await o.failpoints.hit("recurrence.before-advance");
  const answer = await o.ask(claimed.userId, claimed.request, signal);
  await o.failpoints.hit("recurrence.after-advance");
  if (answer.kind === "failed") return putOff(o, claimed, answer);
  await finishAdvance(o.database, claimed);
  advancesAsked.add(1, { outcome: answer.kind });
}

/** An advance that task refuses, or that nobody took for too long, is parked: somebody has to look at it. */
async function putOff(
  o: AdvancerOptions,
  claimed: ClaimedAdvance,
  { refused, error }: Extract<Answer, { kind: "failed" }>,
): Promise<void> {
  const now = o.now();
  const refusals = claimed.refusals + (refused ? 1 : 0);
  const ageMs = now.getTime() - claimed.createTime.getTime();
  const ends = refusals >= mostRefusals || ageMs > o.patienceMs;
  // Half as long again as it has waited, and longer after each refusal, so that the pauses grow; each a bit different.
  const growing = Math.max(firstPauseMs * 2 ** refusals, ageMs / 2);
  const pauseMs = Math.min(longestPauseMs, growing) * (0.5 + Math.random() / 2);
  const until = new Date(now.getTime() + pauseMs);
  await putOffAdvance(o.database, claimed, { until, refused, parkTime: ends ? now : undefined });
  advancesAsked.add(1, { outcome: ends ? "parked" : "put_off" });
  const facts = { series_id: claimed.seriesId, user_id: claimed.userId, ...describeFailure(error) };
  if (ends) o.log.error(facts, "advance parked: its series stands still");
  else o.log.warn(facts, "advance put off: task did not take it");
}
