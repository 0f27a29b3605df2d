import { create, type JsonObject, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import {
  AppCallback,
  AppCallbackHealthCheck,
  TopicEventResponse_TopicEventResponseStatus as Status,
  type TopicEventRequestSchema,
} from "@todo/proto/dapr/proto/runtime/v1/appcallback";
import { UserCreatedSchema } from "@todo/proto/todo/identity/v1/user_event";
import { describe, expect, it } from "vitest";
import { appCallbackMounts } from "./app-callback.ts";
import { decodeEvent, encodeCloudEvent, parseCloudEvent } from "./cloud-event.ts";
import type { IncomingRecord } from "./event.ts";
import { eventRegistry } from "./event-catalogue.ts";
import { inMemoryTransport } from "./grpc/router.ts";
import type { Outcome, Subscriber } from "./subscribe.ts";

function bed(answer: (record: IncomingRecord) => Promise<Outcome>, deadlineMs?: number) {
  const delivered: IncomingRecord[] = [];
  const subscriber: Subscriber = {
    topics: ["user.events"],
    deliver(record) {
      delivered.push(record);
      return answer(record);
    },
    redrive: async () => ({ redriven: 0, left: 0 }),
  };
  const mounts = appCallbackMounts(subscriber, deadlineMs === undefined ? {} : { deadlineMs });
  const transport = inMemoryTransport(mounts, []);
  return {
    delivered,
    client: createClient(AppCallback, transport),
    health: createClient(AppCallbackHealthCheck, transport),
  };
}

const time = new Date("2027-01-15T08:00:00.123Z");
const encoded = encodeCloudEvent(
  UserCreatedSchema,
  create(UserCreatedSchema, {
    userId: "u1",
    zone: "Europe/Zürich",
    locale: "de",
    time: timestampFromDate(time),
  }),
  {
    id: "0198c0de-0000-7000-8000-000000000001",
    source: "identity",
    subject: "u1",
    time,
    userId: "u1",
    sequence: 9_007_199_254_740_993n,
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  },
);

/** A delivery as daprd 1.18 makes it of a record: attributes taken apart, headers escaped. */
function asDelivered(value: Uint8Array): MessageInitShape<typeof TopicEventRequestSchema> {
  const { id, source, type, specversion, datacontenttype, data, ...extensions } = JSON.parse(
    Buffer.from(value).toString(),
  ) as JsonObject & {
    id: string;
    source: string;
    type: string;
    specversion: string;
    datacontenttype: string;
  };
  return {
    id,
    source,
    type,
    specVersion: specversion,
    dataContentType: datacontenttype,
    data: Buffer.from(JSON.stringify(data)),
    topic: "user.events",
    pubsubName: "kafka",
    path: "/user.events",
    extensions,
  };
}

const metadata = {
  __key: encodeURIComponent("u1/ü"),
  __topic: "user.events",
  __partition: "7",
  __offset: "9007199254740993",
  ce_id: "0198c0de-0000-7000-8000-000000000001",
  "content-type": "application/grpc",
  pubsubname: "kafka",
};

describe("a delivery", () => {
  it("reaches the subscriber as the record that was stored", async () => {
    const { client, delivered } = bed(async () => "SUCCESS");
    await client.onTopicEvent(asDelivered(encoded.value ?? Buffer.of()), { headers: metadata });

    const [record] = delivered;
    expect(record).toMatchObject({
      topic: "user.events",
      partition: 7,
      offset: 9_007_199_254_740_993n,
      key: "u1/ü",
    });
    expect(JSON.parse(Buffer.from(record?.value ?? "").toString())).toEqual(JSON.parse(`${encoded.value}`));
    expect(
      decodeEvent(parseCloudEvent(record?.value ?? null), record as IncomingRecord, eventRegistry),
    ).toMatchObject({
      id: "0198c0de-0000-7000-8000-000000000001",
      type: "todo.identity.v1.UserCreated",
      source: "/services/identity",
      subject: "u1",
      time,
      userId: "u1",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      data: { userId: "u1", zone: "Europe/Zürich" },
    });
  });

  it("is whole even if the extensions got lost on the way: the message says whose it is and when it was", async () => {
    const { client, delivered } = bed(async () => "SUCCESS");
    const { extensions: _, ...bare } = asDelivered(encoded.value ?? Buffer.of());
    await client.onTopicEvent(bare, { headers: { __key: "u1" } });
    const [record] = delivered as [IncomingRecord];
    expect(record).toMatchObject({ partition: -1, offset: -1n });
    expect(decodeEvent(parseCloudEvent(record.value), record, eventRegistry)).toMatchObject({
      subject: "u1",
      userId: "u1",
      time,
    });
  });

  it("of a raw subscription carries the bytes untouched and where they came from", async () => {
    const { client, delivered } = bed(async () => "SUCCESS");
    const data = Buffer.from([0, 255, 1, 2]);
    await client.onTopicEvent(
      {
        type: "com.dapr.event.sent",
        dataContentType: "application/octet-stream",
        data,
        topic: "user.events.dlq.task",
      },
      { headers: metadata },
    );
    expect(delivered).toMatchObject([
      {
        topic: "user.events.dlq.task",
        value: new Uint8Array(data),
        headers: { __topic: "user.events", __partition: "7", __offset: "9007199254740993" },
      },
    ]);
    expect(delivered[0]?.headers).not.toHaveProperty("content-type");
  });

  it.each([
    ["SUCCESS", Status.SUCCESS],
    ["RETRY", Status.RETRY],
    ["DROP", Status.DROP],
  ] as const)("is answered with what the subscriber says: %s", async (outcome, status) => {
    const { client } = bed(async () => outcome);
    expect(await client.onTopicEvent({ topic: "user.events" })).toMatchObject({ status });
  });

  it("is answered with RETRY when the subscriber takes too long", async () => {
    const { client } = bed(() => new Promise(() => {}), 20);
    expect(await client.onTopicEvent({ topic: "user.events" })).toMatchObject({ status: Status.RETRY });
  });

  it("in bulk is never taken for done", async () => {
    const { client } = bed(async () => "SUCCESS");
    const { statuses } = await client.onBulkTopicEvent({ entries: [{ entryId: "1" }, { entryId: "2" }] });
    expect(statuses).toMatchObject([
      { entryId: "1", status: Status.RETRY },
      { entryId: "2", status: Status.RETRY },
    ]);
  });
});

it("answers what the sidecar asks at start: no subscriptions and no bindings of its own, and that it is well", async () => {
  const { client, health } = bed(async () => "SUCCESS");
  expect((await client.listTopicSubscriptions({})).subscriptions).toEqual([]);
  expect((await client.listInputBindings({})).bindings).toEqual([]);
  await health.healthCheck({});
});
