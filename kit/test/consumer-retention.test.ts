import { sweepConsumer } from "@todo/kit/consumer-retention";
import { take } from "@todo/kit/inbox";
import { park } from "@todo/kit/parking";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EventBed, eventBed } from "./event-bed.ts";

const dayMs = 24 * 60 * 60 * 1_000;

let bed: EventBed;
beforeAll(async () => {
  bed = await eventBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

async function parkOne(key: string, eventId: string): Promise<void> {
  const record = { topic: "t", key, partition: 0, offset: 0n, headers: {}, value: null };
  await park(bed.database, "c", { id: eventId, type: "x", record }, undefined);
}

const sweepIn = (days: number) =>
  sweepConsumer(
    { database: bed.database, log: bed.log, now: () => new Date(Date.now() + days * dayMs) },
    new AbortController().signal,
  );

const parkedKeys = async () =>
  (await bed.pool.query("select distinct key from parked order by key")).rows.map(({ key }) => key);

describe("what a consumer keeps", () => {
  it("are deliveries for 60 days", async () => {
    await take(bed.database, "c", "e1");
    await sweepIn(59);
    expect(await take(bed.database, "c", "e1")).toBe(false);
    await sweepIn(61);
    expect(await take(bed.database, "c", "e1")).toBe(true);
  });

  it("are the parked events of a key for 90 days after the last one, all or none", async () => {
    await parkOne("stale", "s1");
    await parkOne("stale", "s2");
    await parkOne("fresh", "f1");
    await parkOne("fresh", "f2");
    await bed.pool.query("update parked set parked_at = now() - interval '89 days' where event_id <> 'f2'");
    await sweepIn(0);
    expect(await parkedKeys()).toEqual(["fresh", "stale"]);
    await sweepIn(2);
    expect(await parkedKeys()).toEqual(["fresh"]);
    const { rows } = await bed.pool.query("select event_id from parked order by seq");
    expect(rows).toEqual([{ event_id: "f1" }, { event_id: "f2" }]);
  });
});
