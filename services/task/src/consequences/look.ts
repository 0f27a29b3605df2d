import type { Changed, Following } from "#src/outcome.ts";
import type { Ground } from "#src/queries/load.ts";
import type { Look, Root } from "#src/queries/relatives.ts";

/** Whether another task can be concerned by a change. */
export function mayMatter({ task, change }: Changed, { unawaited }: Pick<Ground, "unawaited">): boolean {
  switch (change.kind) {
    case "created":
      return task.subtaskOf !== null || task.dependsOn.length > 0;
    case "updated":
      return ["subtaskOf", "dependsOn", "status"].some((property) => property in change.after);
    case "restored":
      return true;
    case "purged":
      return false;
    default:
      return task.subtaskOf !== null || task.subtaskCount > 0 || task.blocked || !unawaited.has(task.id);
  }
}

/** Where to look for the tasks that changes can concern. */
export function lookFor(changes: readonly Changed[], following: Following): Look {
  const wholes = changes.flatMap(({ task, change }) => [task.subtaskOf, change.before.subtaskOf]);
  return {
    changed: changes.map(({ task }) => task.id),
    roots: following === "counted" ? [] : changes.flatMap(rootOf),
    wholes: [...new Set(wholes.filter((id) => typeof id === "string"))],
    dependencies: [...new Set(changes.flatMap(({ task }) => task.dependsOn))],
  };
}

function rootOf({ task, change }: Changed): Root[] {
  const { kind } = change;
  if (kind !== "completed" && kind !== "deleted" && kind !== "restored") return [];
  return [{ id: task.id, kind, deletedWith: change.before.deletedWith ?? task.id }];
}
