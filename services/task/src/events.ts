import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { OutgoingEvent } from "@todo/kit/outbox";
import type { Principal } from "@todo/kit/principal";
import { Actor_Kind } from "@todo/proto/todo/identity/v1/actor";
import type { Task as TaskMessage } from "@todo/proto/todo/task/v1/task";
import {
  type ChangeContext,
  ChangeContextSchema,
  TaskBlockedSchema,
  TaskCompletedSchema,
  TaskCreatedSchema,
  TaskDeletedSchema,
  TaskProgressedSchema,
  TaskPurgedSchema,
  TaskReopenedSchema,
  TaskRestoredSchema,
  TaskStateSchema,
  TaskUnblockedSchema,
  TaskUpdatedSchema,
} from "@todo/proto/todo/task/v1/task_event";
import type { Change } from "./domain/task.ts";
import type { SeriesFact } from "./series/fact.ts";
import { factMessage } from "./series/messages.ts";

/** What each change is called in `task.events` and in the feed. */
const schemas = {
  created: TaskCreatedSchema,
  updated: TaskUpdatedSchema,
  completed: TaskCompletedSchema,
  reopened: TaskReopenedSchema,
  deleted: TaskDeletedSchema,
  restored: TaskRestoredSchema,
  purged: TaskPurgedSchema,
  progressed: TaskProgressedSchema,
  blocked: TaskBlockedSchema,
  unblocked: TaskUnblockedSchema,
} satisfies Record<Change["kind"], DescMessage>;

const actorKinds = {
  person: Actor_Kind.PERSON,
  agent: Actor_Kind.AGENT,
  service: Actor_Kind.SERVICE,
} satisfies Record<Principal["actor"], Actor_Kind>;

/** The full name of a change's event. */
export function eventType(change: Pick<Change, "kind">): string {
  return schemas[change.kind].typeName;
}

/** What kind of change an event tells of; `undefined` if it is no change of one task. */
export function kindOf(type: string): Change["kind"] | undefined {
  const found = Object.entries(schemas).find(([, schema]) => schema.typeName === type);
  return found?.[0] as Change["kind"] | undefined;
}

/** The fields to name beside a change. Only an update needs them: elsewhere the type says it all. */
export function changedFields(change: Change): readonly string[] {
  return change.kind === "updated" ? change.fields : [];
}

/** What a change publishes: the fact on `task.events`, and what the task is now on `task.state`. */
export function eventsOf(
  change: Pick<Change, "kind" | "fields">,
  task: TaskMessage,
  by: { principal: Principal; requestId: string; time: Date },
): OutgoingEvent[] {
  const { userId } = by.principal;
  const stream = { subject: task.id, streamId: task.streamId, position: task.userSeq, userId, time: by.time };
  const fact = factOf(change, task, contextOf(task.userSeq, by));
  const state = stateOf(task, { userId, time: by.time });
  return [
    { ...stream, topic: "task.events", message: fact, key: task.streamId },
    change.kind === "purged" ? { ...state, message: null, desc: TaskStateSchema } : state,
  ];
}

/** What a task is now, for `task.state`. */
export function stateOf(task: TaskMessage, { userId, time }: { userId: string; time: Date }): OutgoingEvent {
  return {
    topic: "task.state",
    message: create(TaskStateSchema, { userId, task }),
    subject: task.id,
    key: task.id,
    streamId: task.streamId,
    position: task.userSeq,
    userId,
    time,
  };
}

/** What happened to a series, for `task.recurring`. */
export function recurringEvent(
  fact: SeriesFact,
  by: { principal: Principal; requestId: string; time: Date },
): OutgoingEvent {
  const { streamId } = fact.series;
  const { userSeq: position } = fact.at;
  return {
    topic: "task.recurring",
    message: factMessage(fact, contextOf(position, by)),
    subject: fact.task.id,
    key: streamId,
    streamId,
    position,
    userId: by.principal.userId,
    time: by.time,
  };
}

/** A change of many tasks at once. It stands in a stream of its own: that of its user. */
export function sweepEvent(
  message: Message,
  position: bigint,
  { principal: { userId }, time }: { principal: Principal; time: Date },
): OutgoingEvent {
  return {
    topic: "task.events",
    message,
    subject: userId,
    key: userId,
    streamId: userId,
    position,
    userId,
    time,
  };
}

function factOf(change: Pick<Change, "kind" | "fields">, task: TaskMessage, context: ChangeContext): Message {
  if (change.kind === "updated") {
    return create(TaskUpdatedSchema, { context, task, changedFields: [...change.fields] });
  }
  if (change.kind === "purged") return create(TaskPurgedSchema, { context, taskId: task.id });
  return create(schemas[change.kind], { context, task });
}

export function actorMessage(actor: Principal["actor"], app: string) {
  return { kind: actorKinds[actor], app };
}

export function contextOf(
  userSeq: bigint,
  { principal, requestId, time }: { principal: Principal; requestId: string; time: Date },
): ChangeContext {
  return create(ChangeContextSchema, {
    userId: principal.userId,
    userSeq,
    actor: actorMessage(principal.actor, principal.issuer),
    time: timestampFromDate(time),
    requestId,
  });
}
