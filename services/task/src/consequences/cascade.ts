import { Status, type Task } from "#src/domain/task.ts";
import { taskBlocked } from "#src/errors.ts";
import type { Changed } from "#src/outcome.ts";
import type { Family } from "./family.ts";

/** Completes, deletes and restores the parts of tasks with them, and the parts of those. */
export function cascade(family: Family): void {
  for (const changed of family.changes()) {
    for (const part of family.partsOf(changed.task)) {
      if (family.isChanged(part)) continue;
      const change = shared(part, changed, family.now);
      if (change !== undefined) family.add({ task: part, change });
    }
  }
}

/** What becomes of a part by what became of the whole. */
function shared(part: Task, { task: whole, change }: Changed, now: Date): Changed["change"] | undefined {
  switch (change.kind) {
    case "completed":
      return part.isOpen ? part.complete(undefined, now) : undefined;
    case "deleted":
      return part.delete(undefined, now, whole.deletedWith ?? whole.id);
    case "restored": {
      const deletedWith = change.before.deletedWith ?? whole.id;
      return part.deletedWith === deletedWith ? part.restore(undefined, now) : undefined;
    }
    default:
      return undefined;
  }
}

/** Throws TASK_BLOCKED if a task was completed that waits for another one, which was not. */
export function requireUnblocked(family: Family): void {
  const completed = [...family.changes()].filter(({ change }) => change.kind === "completed");
  for (const { task } of completed) {
    const blockers = family.blockersOf(task);
    if (blockers.length > 0) throw taskBlocked(task.id, blockers);
  }
}

/**
 * Completes the tasks that want it once their last part is completed, and so on upwards. One that waits for others stays
 * open, but may be what comes next that it waits for: so it goes on until nothing happens any more.
 */
export function rollUp(family: Family): void {
  let before: number;
  do {
    before = family.size;
    for (const { task, change } of family.changes()) {
      const whole = change.kind === "completed" ? family.wholeOf(task) : undefined;
      if (whole === undefined || family.isChanged(whole) || !isDone(family, whole)) continue;
      const made = whole.complete(undefined, family.now);
      if (made !== undefined) family.add({ task: whole, change: made });
    }
  } while (family.size > before);
}

function isDone(family: Family, whole: Task): boolean {
  const { blocked, subtaskCount, completedSubtaskCount } = family.derivedOf(whole);
  const wants = whole.completeWithSubtasks && whole.status === Status.open && whole.deleteTime === null;
  return wants && !blocked && completedSubtaskCount === subtaskCount;
}
