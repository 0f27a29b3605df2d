import { randomUUID } from "node:crypto";
import { create, type DescMessage, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { encodeCloudEvent } from "@todo/kit/cloud-event";
import type { TopicEventRequestSchema } from "@todo/proto/dapr/proto/runtime/v1/appcallback";
import { Actor_Kind } from "@todo/proto/todo/identity/v1/actor";
import { UserErasedSchema } from "@todo/proto/todo/identity/v1/user_event";
import { Priority, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskCreatedSchema } from "@todo/proto/todo/task/v1/task_event";

/** What a sidecar sends for one record, and the metadata that goes along. */
export interface Delivery {
  request: MessageInitShape<typeof TopicEventRequestSchema>;
  headers: Record<string, string>;
}

/** A record as the relay of a service writes it. */
export interface DraftRecord {
  topic: string;
  key: string;
  value: Uint8Array;
}

export interface Draft<D extends DescMessage> {
  topic: string;
  source: "task" | "identity" | "gateway";
  desc: D;
  message: MessageShape<D>;
  userId: string;
  subject: string;
  key: string;
  id?: string;
  traceparent?: string;
}

export const eventTime = new Date("2026-03-01T10:20:30.456Z");

export function recordOf<D extends DescMessage>(draft: Draft<D>): DraftRecord {
  const { value } = encodeCloudEvent(draft.desc, draft.message, {
    id: draft.id ?? randomUUID(),
    source: draft.source,
    subject: draft.subject,
    time: eventTime,
    userId: draft.userId,
    sequence: 1n,
    traceparent: draft.traceparent,
  });
  return { topic: draft.topic, key: draft.key, value: value ?? new Uint8Array() };
}

let offset = 0;

/** daprd takes the CloudEvent apart: five attributes are fields of the request, the others extensions. */
export function deliveryOf({ topic, key, value }: DraftRecord): Delivery {
  const { id, source, type, specversion, datacontenttype, data, ...extensions } = JSON.parse(
    Buffer.from(value).toString(),
  );
  const request = {
    id,
    source,
    type,
    specVersion: specversion,
    dataContentType: datacontenttype,
    data: Buffer.from(JSON.stringify(data)),
    topic,
    pubsubName: "kafka",
    path: `/${topic}`,
    extensions,
  };
  return { request, headers: placeOf({ topic, key }) };
}

/** With `rawPayload` daprd hands the value on untouched, under an id of its own. */
export function rawDeliveryOf(
  record: DraftRecord,
  origin: { topic: string; partition: number; offset: number },
): Delivery {
  const request = {
    id: randomUUID(),
    source: "Dapr",
    type: "com.dapr.event.sent",
    specVersion: "1.0",
    dataContentType: "application/octet-stream",
    data: record.value,
    topic: record.topic,
    pubsubName: "kafka",
    path: `/${record.topic}`,
  };
  const place = { __topic: origin.topic, __partition: `${origin.partition}`, __offset: `${origin.offset}` };
  return { request, headers: { ...placeOf(record), ...place } };
}

function placeOf({ topic, key }: { topic: string; key: string }): Record<string, string> {
  return {
    __topic: topic,
    __key: key,
    __partition: "3",
    __offset: String(offset++),
    __timestamp: String(eventTime.getTime()),
    pubsubname: "kafka",
  };
}

/** A TaskCreated of a user, ready to be delivered. */
export function taskCreated(
  userId: string,
  o: { title?: string; taskId?: string; id?: string; description?: string } = {},
): DraftRecord {
  const taskId = o.taskId ?? randomUUID();
  const time = timestampFromDate(eventTime);
  const message = create(TaskCreatedSchema, {
    context: { userId, userSeq: 1n, actor: { kind: Actor_Kind.PERSON, app: "gateway" }, time },
    task: {
      id: taskId,
      streamId: taskId,
      title: o.title ?? "Buy milk",
      description: o.description ?? "",
      status: TaskStatus.OPEN,
      priority: Priority.MEDIUM,
      createTime: time,
      updateTime: time,
      etag: "1",
    },
  });
  return recordOf({
    topic: "task.events",
    source: "task",
    desc: TaskCreatedSchema,
    message,
    userId,
    subject: taskId,
    key: taskId,
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ...(o.id === undefined ? {} : { id: o.id }),
  });
}

export function userErased(userId: string): DraftRecord {
  const message = create(UserErasedSchema, { userId, time: timestampFromDate(eventTime) });
  const place = { topic: "user.events", source: "identity", userId, subject: userId, key: userId } as const;
  return recordOf({ ...place, desc: UserErasedSchema, message });
}
