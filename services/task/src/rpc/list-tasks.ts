import { toBinary } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { pageToken, readPageToken } from "@todo/kit/page";
import { principalOf } from "@todo/kit/principal";
import { TaskFilterSchema } from "@todo/proto/todo/task/v1/task_filter";
import {
  type ListTasksRequest,
  ListTasksRequest_Order as Order,
  TaskService,
} from "@todo/proto/todo/task/v1/task_service";
import { pageTokenInvalid } from "#src/errors.ts";
import { filterOf } from "#src/filter.ts";
import { taskMessage } from "#src/mapping.ts";
import { sortKeysOf } from "#src/queries/list-order.ts";
import { type Position, listTasks as readTasks } from "#src/queries/list-tasks.ts";
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
    const found = await readTasks(deps.databaseFor(context.signal), userId, {
      filter,
      order,
      limit: size + 1,
      position,
    });
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
