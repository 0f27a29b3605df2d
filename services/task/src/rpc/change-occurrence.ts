import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { ErrorReason } from "@todo/kit/errors";
import { type Principal, principalOf } from "@todo/kit/principal";
import type { Task } from "#src/domain/task.ts";
import { taskNotFound } from "#src/errors.ts";
import type { Decision } from "#src/outcome.ts";
import type { Circumstances } from "#src/write.ts";
import { noteMiss } from "./deps.ts";
import type { SeriesServiceDeps } from "./series-deps.ts";

interface OccurrenceRequest {
  taskId: string;
  requestId: string;
}

/** A method that changes a task together with its series. */
export function changeOccurrence<I extends DescMessage, O extends DescMessage>(
  deps: SeriesServiceDeps,
  method: DescMethodUnary<I, O>,
  decide: (
    task: Task,
    request: MessageShape<I>,
    o: Circumstances & { principal: Principal },
  ) => Decision<O> | Promise<Decision<O>>,
): (request: MessageShape<I> & OccurrenceRequest, context: HandlerContext) => Promise<MessageShape<O>> {
  return (request, context) => {
    const principal = principalOf(context);
    const { taskId } = request;
    return deps.write({
      method,
      request,
      principal,
      signal: context.signal,
      taskIds: [taskId],
      blind: false,
      async decide({ tasks }, o) {
        const task = tasks.get(taskId.toLowerCase());
        if (task !== undefined) return decide(task, request, { ...o, principal });
        throw missing(deps, method, { principal, taskId });
      },
    });
  };
}

/** Says that the user has no such task, and notes it. */
export function missing(
  deps: SeriesServiceDeps,
  method: DescMethodUnary,
  o: { principal: Principal; taskId: string },
): Error {
  noteMiss(deps, method, { ...o, reason: ErrorReason.TASK_NOT_FOUND });
  return taskNotFound(o.taskId);
}
