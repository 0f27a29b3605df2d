import type { ServiceImpl } from "@connectrpc/connect";
import { principalOf } from "@todo/kit/principal";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import type { Database } from "#src/database.ts";
import { ringOf } from "#src/domain/ring.ts";
import { TaskInTrashError, VersionStaleError } from "#src/domain/rule-errors.ts";
import { undoExpired, undoOvertaken, undoTokenInvalid } from "#src/errors.ts";
import type { Changed } from "#src/outcome.ts";
import { type Made, readCommand } from "#src/queries/command.ts";
import { waitedFor } from "#src/queries/dependencies.ts";
import { checkParent } from "#src/queries/parent.ts";
import { leftAlone, takenBack, templatesBack } from "#src/series/undo.ts";
import { commandOf } from "#src/undo-token.ts";
import type { TaskServiceDeps } from "./deps.ts";

/** How long a command can be taken back. */
const undoHours = 24;
const hourMs = 60 * 60 * 1_000;

export function undo(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["undo"] {
  const method = TaskService.method.undo;
  return (request, context) => {
    const principal = principalOf(context);
    const { userId } = principal;
    const command = commandOf(request.undoToken);
    return deps.write({
      method,
      request,
      principal,
      signal: context.signal,
      taskIds: [],
      blind: false,
      async decide({ newest }, { now, database }) {
        if (command.first + BigInt(command.count) - 1n > newest) throw undoTokenInvalid();
        const since = new Date(now.getTime() - undoHours * hourMs);
        const made = await readCommand(database, { userId, command, since });
        if (made === undefined) throw undoExpired(undoHours);
        const taken = await takenBack(database, made, { userId, now });
        const templates = await templatesBack(database, made, { userId, now });
        const own = made.reverse().map((each) => reverted(each, { taken, now }));
        const alone = await leftAlone(database, { taken: taken.values(), changes: own, now });
        const changes = [...own, ...alone];
        for (const changed of changes) await requireStillFits(database, userId, changed);
        const tasks = changes.map(({ task }) => task);
        return {
          changes,
          series: [...[...taken.values()].map(({ series }) => series), ...templates],
          following: "counted",
          answer: ({ message, ...rest }) => ({ tasks: tasks.map(message), ...rest }),
        };
      },
    });
  };
}

function reverted(
  { taskId, task, change }: Made,
  { taken, now }: { taken: Awaited<ReturnType<typeof takenBack>>; now: Date },
): Changed {
  if (task === undefined) throw undoOvertaken(taskId);
  try {
    const series = taken.get(taskId)?.image;
    return { task, change: task.revert(change, now), ...(series && { series }) };
  } catch (error) {
    const overtaken = error instanceof VersionStaleError || error instanceof TaskInTrashError;
    throw overtaken ? undoOvertaken(taskId) : error;
  }
}

/** The task that it was a part of may be gone for good since, or lie beneath it; one that it waited for may wait for it. */
async function requireStillFits(
  database: Database,
  userId: string,
  { task, change }: Changed,
): Promise<void> {
  const { subtaskOf, dependsOn } = change.after;
  const parent = subtaskOf ? await checkParent(database, userId, subtaskOf, task.id) : "fit";
  if (parent === "missing" || parent === "unfit") throw undoOvertaken(task.id);
  if (!dependsOn || dependsOn.length === 0) return;
  const known = await waitedFor(database, userId, dependsOn);
  if (ringOf(task.id, dependsOn, (id) => known.get(id)?.dependsOn ?? [])) throw undoOvertaken(task.id);
}
