import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { type Principal, principalOf } from "@todo/kit/principal";
import type { Change, Task } from "#src/domain/task.ts";
import { versionOf } from "#src/etag.ts";
import type { Answering, Following, Wide } from "#src/outcome.ts";
import { ruled } from "#src/rule-outcome.ts";
import type { Circumstances } from "#src/write.ts";
import { missingTask, type TaskServiceDeps } from "./deps.ts";

/** What every request that changes a task has. */
interface ChangeRequest {
  id: string;
  etag: string;
  requestId: string;
}

/** What a change is asked with besides the task. */
interface Asking extends Circumstances {
  principal: Principal;
  /** The version that the caller knows; `undefined`: any will do. */
  seenVersion: number | undefined;
}

/** A change of one task, and what it is made with. */
export interface Widening extends Circumstances {
  task: Task;
  /** `undefined`: all was so already. */
  made: Change | undefined;
}

interface ChangeOptions<I extends DescMessage> {
  followingOf?(request: MessageShape<I>): Following;
  /** What the command does in all, if it means the series of the task. */
  widen?(request: MessageShape<I>, o: Widening): Promise<Wide | undefined>;
}

/** How every method answers that changes one task. The type cannot say that each has these fields. */
export function taskAnswer<O extends DescMessage>(task: Task): (o: Answering) => MessageInitShape<O> {
  return ({ message, userSeq, undoToken }) =>
    ({ task: message(task), userSeq, undoToken }) as unknown as MessageInitShape<O>;
}

/** A method that changes one task of the caller's, as the domain says. */
export function changeTask<I extends DescMessage, O extends DescMessage>(
  deps: TaskServiceDeps,
  method: DescMethodUnary<I, O>,
  change: (
    task: Task,
    request: MessageShape<I>,
    o: Asking,
  ) => Change | undefined | Promise<Change | undefined>,
  { followingOf = () => "all", widen }: ChangeOptions<I> = {},
): (request: MessageShape<I> & ChangeRequest, context: HandlerContext) => Promise<MessageShape<O>> {
  return (request, context) => {
    const principal = principalOf(context);
    const seenVersion = versionOf(request.etag, request.id);
    return deps.write({
      method,
      request,
      principal,
      signal: context.signal,
      taskIds: [request.id],
      blind: false,
      async decide({ tasks }, o) {
        const task = tasks.get(request.id.toLowerCase());
        if (task === undefined) throw missingTask(deps, method, { principal, taskId: request.id });
        const made = await ruled(task, () => change(task, request, { ...o, principal, seenVersion }));
        const changes = made === undefined ? [] : [{ task, change: made }];
        const wide = await widen?.(request, { ...o, task, made });
        return { changes, ...wide, following: followingOf(request), answer: taskAnswer(task) };
      },
    });
  };
}
