import type { Effect, Operation, Write } from "./history.ts";
import type { Random } from "./random.ts";

/** A task as the lane that owns it left it. */
export interface KnownTask {
  readonly id: string;
  effect: Effect;
}

/** How many tasks a lane has at least before it works on them, and at most. */
const [fewest, most] = [2, 6];

/**
 * Chooses the next write of a lane: one that the state of its tasks allows and that changes something, so that each
 * acknowledged write is one change.
 * @returns the task that it is about; none for one that is to be created
 */
export function planWrite(
  random: Random,
  tasks: readonly KnownTask[],
  userId: string,
  n: number,
): { task: KnownTask | undefined; write: Write } {
  const create = tasks.length < fewest || (tasks.length < most && random.below(4) === 0);
  const task = create ? undefined : tasks[random.below(tasks.length)];
  const operation = task === undefined ? "create" : random.pick(possible(task.effect));
  const before = task?.effect ?? { title: "", completed: false, deleted: false };
  const effect = effectOf(operation, before, `write ${n}`);
  const requestId = crypto.randomUUID();
  return { task, write: { userId, operation, requestId, effect, answers: [] } };
}

function possible({ completed, deleted }: Effect): readonly [Operation, ...Operation[]] {
  if (deleted) return ["restore"];
  return completed ? ["reopen", "update", "delete"] : ["complete", "update", "update", "delete"];
}

function effectOf(operation: Operation, before: Effect, title: string): Effect {
  switch (operation) {
    case "create":
    case "update":
      return { ...before, title };
    case "complete":
      return { ...before, completed: true };
    case "reopen":
      return { ...before, completed: false };
    case "delete":
      return { ...before, deleted: true };
    case "restore":
      return { ...before, deleted: false };
    default:
      return operation satisfies never;
  }
}
