import { toBinary } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { pageToken, readPageToken } from "@todo/kit/page";
import { principalOf } from "@todo/kit/principal";
import {
  type TaskFilter,
  TaskFilterSchema,
  TaskFilter_Trash as Trash,
} from "@todo/proto/todo/task/v1/task_filter";
import {
  type ListTasksRequest,
  ListTasksRequest_Order as Order,
  TaskService,
} from "@todo/proto/todo/task/v1/task_service";
import type { Priority } from "#src/domain/content.ts";
import type { FieldViolation } from "#src/domain/rule-errors.ts";
import type { Status } from "#src/domain/task.ts";
import { fieldsInvalid, pageTokenInvalid } from "#src/errors.ts";
import { instantOf, taskMessage } from "#src/mapping.ts";
import { sortKeysOf } from "#src/queries/list-order.ts";
import { type ListFilter, type Position, listTasks as readTasks } from "#src/queries/list-tasks.ts";
import type { TaskServiceDeps } from "./deps.ts";

const method = TaskService.method.listTasks;
const defaultPageSize = 50;

export function listTasks(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["listTasks"] {
  return async (request, context) => {
    const { userId } = principalOf(context);
    const filter = filterOf(request.filter);
    const order = request.order === Order.UNSPECIFIED ? Order.PRIORITY : request.order;
    const binding = bindingOf(userId, order, request);
    const position = request.pageToken === "" ? undefined : positionOf(request.pageToken, binding, order);
    const size = request.pageSize === 0 ? defaultPageSize : request.pageSize;
    const found = await readTasks(deps.database, userId, { filter, order, limit: size + 1, position });
    const tasks = found.tasks.slice(0, size);
    const last = found.tasks.length > size ? tasks.at(-1) : undefined;
    return {
      tasks: tasks.map(taskMessage),
      nextPageToken:
        last === undefined
          ? ""
          : pageToken(
              binding,
              sortKeysOf(order).map((key) => key.read(last)),
            ),
      userSeq: found.newest,
    };
  };
}

/** What a page token is good for. */
function bindingOf(userId: string, order: Order, { filter }: ListTasksRequest): string[] {
  const bytes =
    filter === undefined ? "" : Buffer.from(toBinary(TaskFilterSchema, filter)).toString("base64");
  return [method.name, userId, String(order), bytes];
}

function positionOf(token: string, binding: string[], order: Order): Position {
  const position = readPageToken(token, binding);
  const keys = sortKeysOf(order);
  const fits = position.length === keys.length && keys.every((key, index) => key.fits(position[index]));
  if (!fits) throw pageTokenInvalid();
  return position as Position;
}

function filterOf(filter: TaskFilter | undefined): ListFilter {
  const violations: FieldViolation[] = [];
  const instant = (field: string, time: Timestamp | undefined) => {
    if (time === undefined) return null;
    const date = instantOf(time);
    if (!Number.isNaN(date.getTime())) return date;
    violations.push({ field: `filter.${field}`, description: "must lie in the years 1 to 9999" });
    return null;
  };
  const listFilter: ListFilter = {
    statuses: nonEmpty(filter?.statuses) as Status[] | null,
    priorities: nonEmpty(filter?.priorities) as Priority[] | null,
    tags: nonEmpty(filter?.tags),
    dueFrom: instant("due_from", filter?.dueFrom),
    dueUntil: instant("due_until", filter?.dueUntil),
    hasDue: filter?.hasDue ?? null,
    subtaskOf: filter?.subtaskOf || null,
    seriesId: filter?.seriesId || null,
    inTrash: inTrash(filter?.trash),
  };
  if (violations.length > 0) throw fieldsInvalid(violations);
  return listFilter;
}

function nonEmpty<T>(values: T[] | undefined): T[] | null {
  return values === undefined || values.length === 0 ? null : values;
}

function inTrash(trash: Trash | undefined): boolean | null {
  if (trash === Trash.WITH) return null;
  return trash === Trash.ONLY;
}
