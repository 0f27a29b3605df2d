import { readdirSync, readFileSync } from "node:fs";
import { deadLetterTopics, topics } from "@todo/kit/event-catalogue";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deliveryOf, rawDeliveryOf } from "./delivery.ts";
import { type AuditFixture, startAudit } from "./fixture.ts";

let audit: AuditFixture;
beforeAll(async () => {
  audit = await startAudit();
});
afterAll(() => audit[Symbol.asyncDispose]());

const folder = new URL("../../../kit/test/golden/", import.meta.url);
const golden = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .flatMap((name) => {
    const type = name.replace(/\.\d+\.json$/, "");
    const topic = topics.find(({ events }) => events.some((event) => event.typeName === type));
    const isRead = topic?.consumers.includes("audit") ?? false;
    return isRead && topic !== undefined ? [{ name, type, topic: topic.name }] : [];
  });

it.each(golden)(
  "$name is recorded as it was published, however old it is [R061]",
  async ({ name, type, topic }) => {
    const value = readFileSync(new URL(name, folder));
    expect(await audit.deliver(deliveryOf({ topic, key: name, value }))).toBe("SUCCESS");
    const { id } = JSON.parse(value.toString()) as { id: string };
    // A refusal that comes counted waits for others of its minute.
    const rows = await audit.sql(
      `select type from entry where event_id = $1
        union select type from refusal_minute where type = $2 and held > 0`,
      [id, type],
    );
    expect(rows).toMatchObject([{ type }]);
    expect(await audit.sql("select type from parked where key = $1", [name])).toEqual([]);
  },
);

it("reads every golden event that a sidecar gave up, too", async () => {
  const origin = { topic: "task.events", partition: 0, offset: 1 };
  const [dlq] = deadLetterTopics();
  for (const { name } of golden) {
    const value = readFileSync(new URL(name, folder));
    const record = { topic: dlq?.name ?? "", key: name, value };
    expect(await audit.deliver(rawDeliveryOf(record, origin)), name).toBe("SUCCESS");
  }
});
