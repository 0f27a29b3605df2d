import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { UserProfileChangedSchema } from "@todo/proto/todo/identity/v1/user_event";
import { TaskStateSchema } from "@todo/proto/todo/task/v1/task_event";
import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeEvent, encodeCloudEvent, parseCloudEvent, UnreadableEventError } from "./cloud-event.ts";
import { eventRegistry } from "./event-catalogue.ts";

const attributes = {
  id: "0198c0de-0000-7000-8000-000000000001",
  source: "identity",
  subject: "u1",
  time: new Date("2027-01-15T08:00:00.123Z"),
  userId: "u1",
  sequence: 18_446_744_073_709_551_615n,
  traceparent: undefined,
};
const place = { topic: "user.events", partition: 0, offset: 0n, key: "u1", headers: {} };

it("writes a structured CloudEvent 1.0 that a sidecar hands on, with headers for tools", () => {
  const message = create(UserProfileChangedSchema, {
    userId: "u1",
    time: timestampFromDate(attributes.time),
  });
  const { value, headers } = encodeCloudEvent(UserProfileChangedSchema, message, attributes);
  expect(JSON.parse(`${value}`)).toEqual({
    specversion: "1.0",
    id: attributes.id,
    source: "/services/identity",
    type: "todo.identity.v1.UserProfileChanged",
    subject: "u1",
    time: "2027-01-15T08:00:00.123Z",
    datacontenttype: "application/json",
    dataschema: "urn:proto:todo.identity.v1.UserProfileChanged",
    userid: "u1",
    sequence: "18446744073709551615",
    data: { userId: "u1", time: "2027-01-15T08:00:00.123Z" },
  });
  expect(headers).toEqual({
    "content-type": "application/cloudevents+json",
    ce_id: attributes.id,
    ce_type: "todo.identity.v1.UserProfileChanged",
    ce_source: "/services/identity",
    ce_subject: "u1",
    ce_time: "2027-01-15T08:00:00.123Z",
    ce_userid: "u1",
  });
});

it("gives back what was written, for any message that keeps its rules", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 8 });
  fc.assert(
    fc.property(
      fc.record({
        userId: text.filter((id) => id !== ""),
        zone: text,
        locale: text,
        changedFields: fc.array(text, { maxLength: 5 }),
      }),
      fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }),
      (fields, time) => {
        const message = create(UserProfileChangedSchema, { ...fields, time: timestampFromDate(time) });
        const { value } = encodeCloudEvent(UserProfileChangedSchema, message, {
          ...attributes,
          time,
          userId: fields.userId,
        });
        const event = decodeEvent(parseCloudEvent(value), { ...place, value }, eventRegistry);
        expect(event).toMatchObject({ id: attributes.id, time, userId: fields.userId, data: message });
      },
    ),
  );
});

it("refuses to write a message that breaks its rules", () => {
  expect(() =>
    encodeCloudEvent(UserProfileChangedSchema, create(UserProfileChangedSchema, {}), attributes),
  ).toThrow(/user_id/);
});

it("writes a tombstone as headers without a value", () => {
  const { value, headers } = encodeCloudEvent(TaskStateSchema, null, attributes);
  expect(value).toBeNull();
  expect(headers).not.toHaveProperty("content-type");
});

it("says of anything else that it cannot be read, whatever the bytes", () => {
  const nearly = fc
    .record(
      {
        specversion: fc.constantFrom("1.0", "0.3"),
        id: fc.oneof(fc.string(), fc.integer()),
        source: fc.string(),
        type: fc.constantFrom("todo.identity.v1.UserErased", "todo.task.v1.TaskCreated", "x"),
        time: fc.oneof(fc.string(), fc.constant("2027-01-15T08:00:00Z")),
        data: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((envelope) => Buffer.from(JSON.stringify(envelope)));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.json().map((json) => Buffer.from(json)),
    nearly,
  );
  fc.assert(
    fc.property(bytes, (value) => {
      try {
        decodeEvent(parseCloudEvent(value), { ...place, value }, eventRegistry);
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableEventError);
      }
    }),
    { numRuns: 1_000 },
  );
});
