import type { DomainError } from "@todo/kit/errors";
import type { Database } from "#src/database.ts";
import type { Task } from "#src/domain/task.ts";
import { taskBlocked } from "#src/errors.ts";
import { relatives } from "#src/queries/relatives.ts";

/** A task that is to be completed, and the open parts that would be completed with it. */
type Group = readonly [whole: Task, ...parts: Task[]];

/**
 * Why tasks cannot be completed together, by their ids: each that waits for an open one outside of the batch, or whose
 * part does, and so each that waits for such a one. Costs a query where that can be.
 */
export async function hindered(
  database: Database,
  userId: string,
  tasks: readonly Task[],
): Promise<ReadonlyMap<string, DomainError>> {
  const wholes = tasks.filter((task) => task.isOpen);
  if (!wholes.some(({ blocked, subtaskCount }) => blocked || subtaskCount > 0)) return new Map();
  const found = await relatives(database, userId, {
    changed: wholes.map(({ id }) => id),
    roots: wholes.map(({ id }) => ({ id, kind: "completed", deletedWith: id })),
    wholes: [],
    dependencies: [...new Set(wholes.flatMap(({ dependsOn }) => dependsOn))],
  });
  const open = [...wholes, ...found.tasks.filter((task) => task.isOpen)];
  const groups = wholes.map((whole) => groupOf(whole, open));
  return stopped(groups, new Set([...found.open, ...open.map(({ id }) => id)]));
}

function groupOf(whole: Task, open: readonly Task[]): Group {
  const group: [Task, ...Task[]] = [whole];
  for (const each of group) group.push(...open.filter(({ subtaskOf }) => subtaskOf === each.id));
  return group;
}

/** A group that is stopped may stop others: so it goes on until none is any more. */
function stopped(groups: readonly Group[], open: ReadonlySet<string>): Map<string, DomainError> {
  const reasons = new Map<string, DomainError>();
  let before: number;
  do {
    before = reasons.size;
    const going = groups.filter(([whole]) => !reasons.has(whole.id));
    const completed = new Set(going.flatMap((group) => group.map(({ id }) => id)));
    for (const [whole, ...parts] of going) {
      for (const task of [whole, ...parts]) {
        const blockers = task.dependsOn.filter((id) => open.has(id) && !completed.has(id));
        if (blockers.length > 0) reasons.set(whole.id, taskBlocked(task.id, blockers));
      }
    }
  } while (reasons.size > before);
  return reasons;
}
