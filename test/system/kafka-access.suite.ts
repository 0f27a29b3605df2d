import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { encodeCloudEvent } from "@todo/kit/cloud-event";
import { clientOf, type KafkaConnection } from "@todo/kit/kafka-connection";
import { partitionOf } from "@todo/kit/partition";
import { connectionTo } from "@todo/local/kafka/cluster";
import { UserErasedSchema } from "@todo/proto/todo/identity/v1/user_event";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { Kafka, logLevel } from "kafkajs";
import { describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";
import { eventually } from "./eventually.ts";
import { readTopic } from "./topic.ts";

/** What somebody who reaches the port of Kafka can do with it. */
export function kafkaAccessSuite(bed: () => Bed): void {
  describe("a local process that reaches Kafka", () => {
    const as = (user: string) => connectionTo(bed().cluster, user);

    it("erases nobody by an event that it made up, with no credentials or with those of another app [R068]", async () => {
      const user = await bed().signUp();
      const tasks = user.client(TaskService);
      await tasks.createTask({ title: "still there" });
      const password = "made up";
      const { brokers } = bed().kafka;
      await expect(sendErasure({ brokers }, user.id)).rejects.toThrow();
      for (const name of ["gateway", "identity"])
        await expect(sendErasure({ brokers, user: { name, password } }, user.id)).rejects.toMatchObject({
          name: "KafkaJSSASLAuthenticationError",
        });
      for (const app of ["audit", "task", "recurrence"])
        await expect(sendErasure(await as(app), user.id)).rejects.toMatchObject({
          type: "TOPIC_AUTHORIZATION_FAILED",
        });
      expect((await tasks.listTasks({})).tasks.map(({ title }) => title)).toEqual(["still there"]);
      const erasures = (await readTopic(bed().kafka, "user.events")).filter(({ key }) => key === user.id);
      expect(erasures.map(({ event }) => event?.type)).not.toContain("todo.identity.v1.UserErased");
      // The same event from its true producer erases, so it was the right that it lacked.
      await sendErasure(await as("identity"), user.id);
      await eventually("the erasure", async () => {
        const [row] = await bed().sql(
          "select from task.user_counter where user_id = $1 and erase_time is not null",
          [user.id],
        );
        return row;
      });
    });

    it("reads no task, with no credentials or with those of an app that does not subscribe them [R068]", async () => {
      const { brokers } = bed().kafka;
      await expect(readTopic({ brokers }, "task.events")).rejects.toThrow();
      for (const app of ["identity", "recurrence"])
        await expect(readTopic(await as(app), "task.events")).rejects.toMatchObject({
          type: "TOPIC_AUTHORIZATION_FAILED",
        });
    });
  });
}

/** Says on user.events, as who is connected, that a user was erased. */
async function sendErasure(connection: KafkaConnection, userId: string): Promise<void> {
  const now = new Date();
  const message = create(UserErasedSchema, { userId, time: timestampFromDate(now) });
  const { value, headers } = encodeCloudEvent(UserErasedSchema, message, {
    id: randomUUID(),
    source: "identity",
    subject: userId,
    time: now,
    userId,
    sequence: 1n,
    traceparent: undefined,
  });
  const retry = { retries: 1, initialRetryTime: 100 };
  const kafka = new Kafka({ clientId: "test", ...clientOf(connection), logLevel: logLevel.NOTHING, retry });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  try {
    await producer.connect();
    const record = { key: userId, value, headers, partition: partitionOf(userId) };
    await producer.send({ topic: "user.events", messages: [record] });
  } finally {
    await producer.disconnect().catch(() => undefined);
  }
}
