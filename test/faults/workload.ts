import { setTimeout as sleep } from "node:timers/promises";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { ProfileService } from "@todo/proto/todo/identity/v1/profile_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import type { User } from "../system/user.ts";
import { CallLog } from "./calls.ts";
import type { Answer, History, Write } from "./history.ts";
import { type KnownTask, planWrite } from "./plan.ts";
import { type Random, seededRandom } from "./random.ts";

export interface WorkloadOptions {
  readonly users: readonly User[];
  readonly seed: number;
  /** How many writes of one user run side by side, each on tasks of its own. */
  readonly lanes: number;
  /** How long a write is repeated before it is given up, in milliseconds. */
  readonly patience: number;
  /** How long each lane rests after a call, in milliseconds. */
  readonly pauses?: Pauses;
  /** Where calls and writes are noted, if that is to outlive the workload. */
  readonly log?: CallLog;
  readonly history?: History;
}

/** Between two calls of a lane, in milliseconds. */
export interface Pauses {
  readonly write: number;
  readonly read: number;
}

/** Users at work. */
export interface Workload {
  readonly history: History;
  readonly log: CallLog;
  /** Lets every write that was begun come to its end, and begins no more. */
  stop(): Promise<void>;
}

const callTimeoutMs = 5_000;
const retryPauseMs = 100;
const shortPauses: Pauses = { write: 120, read: 250 };

/** Lets users change and read their tasks until it is stopped. The same seed makes the same choices in each lane. */
export function startWorkload(o: WorkloadOptions): Workload {
  const stop = new AbortController();
  const { history = { writes: [], readings: [] }, log = new CallLog() } = o;
  const random = seededRandom(o.seed);
  const { users, lanes, patience, pauses = shortPauses } = o;
  const work = users.flatMap((user) => [
    ...Array.from({ length: lanes }, () => {
      const choices = seededRandom(random.below(2 ** 31));
      return writeUntil(stop.signal, { user, history, log, pauses, random: choices, patience });
    }),
    ...readUntil(stop.signal, { user, history, log, pauses }),
  ]);
  return {
    history,
    log,
    async stop() {
      stop.abort();
      await Promise.all(work);
    },
  };
}

interface Caller {
  readonly user: User;
  readonly history: History;
  readonly log: CallLog;
  readonly pauses: Pauses;
}

interface Writer extends Caller {
  readonly random: Random;
  readonly patience: number;
}

/** One lane: a write, its repetition until it is acknowledged, the next. It ends early at a write it gave up. */
async function writeUntil(stop: AbortSignal, o: Writer): Promise<void> {
  const tasks: KnownTask[] = [];
  for (let n = 0; !stop.aborted; n++) {
    const { task, write } = planWrite(o.random, tasks, o.user.id, n);
    o.history.writes.push(write);
    const answer = await acknowledged(o, task, write);
    if (answer === undefined) return;
    // Callers that lost an answer ask again, and so do some that did not.
    if (o.random.below(10) === 0) await attempt(o, task, write);
    if (task === undefined) tasks.push({ id: answer.taskId, effect: write.effect });
    else task.effect = write.effect;
    await sleep(o.pauses.write);
  }
}

async function acknowledged(
  o: Writer,
  task: KnownTask | undefined,
  write: Write,
): Promise<Answer | undefined> {
  const end = performance.now() + o.patience;
  do {
    const answer = await attempt(o, task, write);
    if (answer !== undefined) return answer;
    await sleep(retryPauseMs);
  } while (performance.now() < end);
  return undefined;
}

async function attempt(o: Writer, task: KnownTask | undefined, write: Write): Promise<Answer | undefined> {
  const answer = await o.log.make("write", () => send(o.user, task?.id ?? "", write));
  if (answer !== undefined) write.answers.push(answer);
  return answer;
}

async function send(user: User, id: string, write: Write): Promise<Answer> {
  const client = user.client(TaskService);
  const { requestId, effect } = write;
  const options = { timeoutMs: callTimeoutMs };
  const title = effect.title;
  const updateMask = { paths: ["title"] };
  const calls = {
    create: () => client.createTask({ title, requestId }, options),
    update: () => client.updateTask({ id, title, updateMask, requestId }, options),
    complete: () => client.completeTask({ id, requestId }, options),
    reopen: () => client.reopenTask({ id, requestId }, options),
    delete: () => client.deleteTask({ id, requestId }, options),
    restore: () => client.restoreTask({ id, requestId }, options),
  };
  const { task, userSeq } = await calls[write.operation]();
  return { taskId: task?.id ?? "", userSeq };
}

/** What else users look at: their tasks, their audit log, their profile. */
function readUntil(stop: AbortSignal, { user, history, log, pauses }: Caller): Promise<void>[] {
  const options = { timeoutMs: callTimeoutMs };
  const reads = {
    list: async () => {
      const { tasks } = await user.client(TaskService).listTasks({ pageSize: 100 }, options);
      history.readings.push({ userId: user.id, taskIds: tasks.map(({ id }) => id) });
    },
    audit: async () => {
      const filter = { type: "todo.task.v1.TaskCreated", pageSize: 100 };
      const { entries } = await user.client(AuditService).listEntries(filter, options);
      history.readings.push({ userId: user.id, taskIds: entries.map(({ subject }) => subject) });
    },
    profile: async () => {
      await user.client(ProfileService).getProfile({}, options);
    },
  };
  return (["list", "audit", "profile"] as const).map(async (kind) => {
    while (!stop.aborted) {
      await log.make(kind, reads[kind]);
      await sleep(pauses.read);
    }
  });
}
