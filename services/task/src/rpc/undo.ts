import type { ServiceImpl } from "@connectrpc/connect";
import { principalOf } from "@todo/kit/principal";
import { TaskService, type UndoResponseSchema } from "@todo/proto/todo/task/v1/task_service";
import { deadlockBy } from "#src/consequences/deadlock.ts";
import type { Database } from "#src/database.ts";
import { ringOf } from "#src/domain/ring.ts";
import { TaskInTrashError, VersionStaleError } from "#src/domain/rule-errors.ts";
import { undoExpired, undoOvertaken, undoTokenInvalid } from "#src/errors.ts";
import type { Changed, Decision } from "#src/outcome.ts";
import { type Made, readCommand } from "#src/queries/command.ts";
import { waitedFor } from "#src/queries/dependencies.ts";
import { checkParent } from "#src/queries/parent.ts";
import { leftAlone, takenBack } from "#src/series/undo.ts";
import { tagsBack } from "#src/tags/back.ts";
import { type Command, commandOf, undoHours } from "#src/undo-token.ts";
import type { TaskServiceDeps } from "./deps.ts";

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
      locked: command.of === "tags",
      async decide({ newest }, { now, database, requireOutbox }) {
        if (command.first + BigInt(command.count) - 1n > newest) throw undoTokenInvalid();
        const since = new Date(now.getTime() - undoHours * hourMs);
        const by = { principal, requestId: request.requestId, time: now };
        if (command.of === "tags")
          return tagsBack(database, { command, since, first: newest + 1n, by, requireOutbox });
        return changesBack(database, { userId, command, since, now });
      },
    });
  };
}

async function changesBack(
  database: Database,
  { now, ...o }: { userId: string; command: Command; since: Date; now: Date },
): Promise<Decision<typeof UndoResponseSchema>> {
  const { userId } = o;
  const made = await readCommand(database, o);
  if (made === undefined) throw undoExpired(undoHours);
  const taken = await takenBack(database, made, { userId, now });
  const own = made.reverse().map((each) => reverted(each, { taken, now }));
  const alone = await leftAlone(database, { taken: taken.values(), changes: own, now });
  const changes = [...own, ...alone];
  for (const changed of changes) await requireStillFits(database, userId, changed);
  const [inTheWay] = (await deadlockBy(database, userId, changes)) ?? [];
  if (inTheWay !== undefined) throw undoOvertaken(inTheWay);
  const tasks = changes.map(({ task }) => task);
  return {
    changes,
    series: [...taken.values()].map(({ series }) => series),
    following: "counted",
    isExpensive: !o.command.isCheap,
    answer: ({ message, ...rest }) => ({ tasks: tasks.map(message), taskCount: tasks.length, ...rest }),
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
