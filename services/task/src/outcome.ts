import {
  create,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { outboxRows } from "@todo/kit/outbox";
import type { Principal } from "@todo/kit/principal";
import type { Change, Task } from "./domain/task.ts";
import { changedFields, eventsOf, eventType } from "./events.ts";
import { taskMessage } from "./mapping.ts";
import type { AnswerKey } from "./replay.ts";
import type { AnswerToStore, Saving } from "./save.ts";

/** The task as it is to be, and what happened to it; without a change it is as it was. */
export interface Decision {
  task: Task;
  change: Change | undefined;
}

/** What a decision comes to. */
export interface Outcome<O extends DescMessage> {
  response: MessageShape<O>;
  userSeq: bigint;
  answer: AnswerToStore | undefined;
  /** `undefined`: nothing changed. */
  saving: Saving | undefined;
  time: Date;
}

/** The answer to a call, and what is to be stored with it. The change takes the place behind the user's newest one. */
export function outcomeOf<O extends DescMessage>(
  call: { method: { output: O }; principal: Principal; request: { requestId: string } },
  { task, change }: Decision,
  o: { key: AnswerKey | undefined; newest: bigint; time: Date },
): Outcome<O> {
  const { key, newest, time } = o;
  const userSeq = change === undefined ? newest : newest + 1n;
  if (change !== undefined) task.userSeq = userSeq;
  const message = taskMessage(task);
  // Every write answers with these two fields, which the type cannot say.
  const init = { task: message, userSeq } as unknown as MessageInitShape<O>;
  const response = create(call.method.output, init);
  const answer = key && { key, response: toBinary<DescMessage>(call.method.output, response) };
  const by = { principal: call.principal, requestId: call.request.requestId, time };
  return {
    response,
    userSeq,
    answer,
    time,
    saving: change && {
      task,
      type: eventType(change),
      changedFields: changedFields(change),
      events: outboxRows("task", eventsOf(change, message, by)),
      answer,
    },
  };
}
