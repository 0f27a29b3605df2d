import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { principalOf } from "@todo/kit/principal";
import type { ChangeSchema, TaskService } from "@todo/proto/todo/task/v1/task_service";
import { cursorInvalid } from "#src/errors.ts";
import { taskMessage } from "#src/mapping.ts";
import { type FeedEntry, listChanges as readChanges } from "#src/queries/list-changes.ts";
import type { TaskServiceDeps } from "./deps.ts";

const defaultPageSize = 50;
/** The greatest bigint of the database: every cursor beyond it lies in the future as well. */
const greatest = 2n ** 63n - 1n;

export function listChanges(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["listChanges"] {
  return async ({ cursor, pageSize }, context) => {
    const { userId } = principalOf(context);
    const size = pageSize === 0 ? defaultPageSize : pageSize;
    const after = cursor > greatest ? greatest : cursor;
    const { newest, entries } = await readChanges(deps.databaseFor(context.signal), userId, after, size + 1);
    const [first] = entries;
    const next = cursor + 1n;
    // Old changes are forgotten one day; who comes later must not take the rest for the whole.
    if (cursor > newest || (first === undefined ? cursor < newest : first.userSeq !== next)) {
      throw cursorInvalid(cursor, newest);
    }
    const changes = entries.slice(0, size);
    return {
      changes: changes.map(changeMessage),
      nextCursor: changes.at(-1)?.userSeq ?? cursor,
      hasMore: entries.length > size,
    };
  };
}

function changeMessage(entry: FeedEntry): MessageInitShape<typeof ChangeSchema> {
  return {
    userSeq: entry.userSeq,
    type: entry.type,
    taskId: entry.taskId ?? "",
    time: timestampFromDate(entry.time),
    changedFields: entry.changedFields,
    ...(entry.sweep === null ? {} : { tagRename: entry.sweep }),
    ...(entry.task === undefined ? {} : { task: taskMessage(entry.task) }),
  };
}
