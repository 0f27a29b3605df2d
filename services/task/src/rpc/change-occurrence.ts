import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { type Principal, principalOf } from "@todo/kit/principal";
import type { Task } from "#src/domain/task.ts";
import type { Decision } from "#src/outcome.ts";
import type { Circumstances } from "#src/write.ts";
import { missingTask } from "./deps.ts";
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
        throw missingTask(deps, method, { principal, taskId });
      },
    });
  };
}
