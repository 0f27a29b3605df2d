import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { pageToken, readPageToken } from "@todo/kit/page";
import { principalOf } from "@todo/kit/principal";
import { type HistoryEntrySchema, TaskService } from "@todo/proto/todo/task/v1/task_service";
import { pageTokenInvalid } from "#src/errors.ts";
import { actorMessage } from "#src/events.ts";
import { fieldChanges } from "#src/field-changes.ts";
import { type HistoryRow, taskHistory } from "#src/queries/task-history.ts";
import { missingTask, type TaskServiceDeps } from "./deps.ts";

const method = TaskService.method.listTaskHistory;
const defaultPageSize = 50;

export function listTaskHistory(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["listTaskHistory"] {
  return async ({ id, pageSize, pageToken: token }, context) => {
    const principal = principalOf(context);
    const { userId } = principal;
    const taskId = id.toLowerCase();
    const binding = [method.name, userId, taskId];
    const size = pageSize === 0 ? defaultPageSize : pageSize;
    const before = token === "" ? null : positionOf(token, binding);
    const found = await taskHistory(deps.databaseFor(context.signal), {
      userId,
      taskId,
      before,
      limit: size + 1,
    });
    if (found === undefined) throw missingTask(deps, method, { principal, taskId: id });
    const rows = found.slice(0, size);
    const last = found.length > size ? rows.at(-1) : undefined;
    return {
      entries: rows.map(entryOf),
      nextPageToken: last === undefined ? "" : pageToken(binding, [last.userSeq.toString()]),
    };
  };
}

function positionOf(token: string, binding: string[]): string {
  const [position] = readPageToken(token, binding);
  if (typeof position !== "string" || !/^[0-9]{1,18}$/.test(position)) throw pageTokenInvalid();
  return position;
}

function entryOf(row: HistoryRow): MessageInitShape<typeof HistoryEntrySchema> {
  const { userSeq, type, requestId, traceId } = row;
  return {
    userSeq,
    type,
    time: timestampFromDate(row.time),
    ...(row.actor === null ? {} : { actor: actorMessage(row.actor, row.app) }),
    requestId,
    traceId,
    changes: fieldChanges(row.before, row.after),
  };
}
