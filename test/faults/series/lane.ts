import { setTimeout as sleep } from "node:timers/promises";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { eventually } from "../../system/eventually.ts";
import type { CallLog } from "../calls.ts";
import type { Random } from "../random.ts";
import type { Budget } from "./budget.ts";
import type { Answer, Completion, KnownSeries } from "./known.ts";
import { callTimeoutMs, type Person } from "./person.ts";

/** What somebody needs to bring one series on. */
export interface Lane {
  readonly person: Person;
  readonly series: KnownSeries;
  readonly budget: Budget;
  readonly log: CallLog;
  readonly random: Random;
  /** How long a completion is repeated, and its next occurrence waited for, in milliseconds. */
  readonly patienceMs: number;
}

const retryPauseMs = 100;

/**
 * Completes the open occurrence of a series as often as the budget lets it: each again and again until it is
 * acknowledged, and the next one as soon as it is shown. It ends early at what it gave up.
 */
export async function bringOn(o: Lane): Promise<void> {
  let taskId: string | undefined = o.series.firstTaskId;
  while (taskId !== undefined && (await o.budget.take())) {
    const completion: Completion = { taskId, requestId: crypto.randomUUID(), answers: [] };
    o.series.completions.push(completion);
    if (!(await acknowledged(o, completion))) return;
    completion.acknowledgedAt = performance.now();
    // Callers that lost an answer ask again, and so do some that did not.
    if (o.random.below(10) === 0) await attempt(o, completion);
    taskId = await nextAfter(o, taskId);
    if (taskId !== undefined) completion.nextAt = performance.now();
  }
}

async function acknowledged(o: Lane, completion: Completion): Promise<boolean> {
  const end = performance.now() + o.patienceMs;
  do {
    if (await attempt(o, completion)) return true;
    await sleep(retryPauseMs);
  } while (performance.now() < end);
  return false;
}

async function attempt({ person, log }: Lane, completion: Completion): Promise<boolean> {
  const answer = await log.make("write", () => complete(person, completion));
  if (answer !== undefined) completion.answers.push(answer);
  return answer !== undefined;
}

async function complete({ user }: Person, { taskId: id, requestId }: Completion): Promise<Answer> {
  const options = { timeoutMs: callTimeoutMs };
  const { task, userSeq } = await user.client(TaskService).completeTask({ id, requestId }, options);
  if (task?.completeTime === undefined) throw new Error("the answer has no completed task");
  return { userSeq, completeTime: timestampDate(task.completeTime) };
}

function nextAfter({ person, series, patienceMs }: Lane, taskId: string): Promise<string | undefined> {
  const other = async () => person.openOf(series.id).find((id) => id !== taskId);
  return eventually("the next occurrence", other, patienceMs).catch(() => undefined);
}
