import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, startBed } from "./fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const berlin = { rrule: "FREQ=MONTHLY;BYDAY=-1FR", dtstart: "2026-05-29T17:00:00", tzid: "Europe/Berlin" };

describe("a completed occurrence", () => {
  it("gets its next one from task, computed on the clock of its zone [R019]", async () => {
    const one = bed.task.begin(berlin);
    await bed.deliver(one.started);
    await bed.deliver(one.complete(bed.clock.now()));
    await bed.settled();
    expect([...one.made]).toEqual(["2026-05-29T17:00:00", "2026-06-26T17:00:00"]);
    expect(bed.task.granted.at(-1)).toMatchObject({
      seriesVersion: 2n,
      follows: "2026-05-29T17:00:00",
      outcome: { case: "next", value: { number: 2, dueTime: { seconds: 1_782_486_000n } } },
      skippedCount: 0,
    });
  });

  it("gets one next one, however often and wherever its event is delivered [R064]", async () => {
    const another = await bed.startAnother();
    const one = bed.task.begin(berlin);
    await bed.deliver(one.started);
    const completed = one.complete(bed.clock.now());
    const asked = bed.task.asked.length;
    const twice = [bed.app, another, bed.app, another].map((app) => bed.deliver(completed, app));
    await Promise.all(twice);
    await bed.settled();
    await Promise.all([bed.deliver(completed), bed.deliver(completed, another)]);
    await bed.settled();
    expect(one.made.size).toBe(2);
    expect(bed.task.asked.length - asked).toBe(1);
  });

  it("gets none if it is taken back before task was asked", async () => {
    const one = bed.task.begin(berlin);
    await bed.deliver(one.started);
    const [completed, reopened] = [one.complete(bed.clock.now()), one.reopen()];
    await bed.deliver(completed);
    await bed.deliver(reopened);
    await bed.settled();
    expect(one.made.size).toBe(1);
    await bed.deliver(one.complete(bed.clock.now()));
    await bed.settled();
    expect(one.made.size).toBe(2);
  });

  it("gets one by the new rule if the rule was changed before task was asked", async () => {
    const one = bed.task.begin(berlin);
    await bed.deliver(one.started);
    const events = [one.complete(bed.clock.now()), one.change({ rrule: "FREQ=MONTHLY;BYDAY=1MO" })];
    for (const event of events) await bed.deliver(event);
    await bed.settled();
    expect([...one.made]).toEqual(["2026-05-29T17:00:00", "2026-06-01T17:00:00"]);
  });

  it("has the same outcome if the later event comes first", async () => {
    const one = bed.task.begin(berlin);
    const events = [
      one.started,
      one.complete(bed.clock.now()),
      one.change({ rrule: "FREQ=MONTHLY;BYDAY=1MO" }),
    ];
    for (const event of events.reverse()) await bed.deliver(event);
    await bed.settled();
    expect([...one.made]).toEqual(["2026-05-29T17:00:00", "2026-06-01T17:00:00"]);
  });

  it("ends a series whose rule has no further one [R022]", async () => {
    const one = bed.task.begin({ rrule: "FREQ=DAILY;COUNT=2", dtstart: "2026-05-01T09:00:00", tzid: "UTC" });
    await bed.deliver(one.started);
    await bed.deliver(one.complete(bed.clock.now()));
    await bed.settled();
    await bed.deliver(one.skip(bed.clock.now()));
    await bed.settled();
    expect(one.made.size).toBe(2);
    expect(bed.task.granted.at(-1)).toMatchObject({
      seriesId: one.series.id,
      outcome: { case: "exhausted" },
    });
  });

  it("is followed by nothing in a series that the user ended, until that is taken back and it is told anew", async () => {
    const one = bed.task.begin(berlin);
    const [completed, ended] = [one.complete(bed.clock.now()), one.end()];
    for (const event of [one.started, ended, completed]) await bed.deliver(event);
    await bed.settled();
    expect(one.made.size).toBe(1);
    await bed.deliver(one.resume());
    await bed.settled();
    expect(one.made.size).toBe(1);
    await bed.deliver(one.complete(bed.clock.now()));
    await bed.settled();
    expect(one.made.size).toBe(2);
  });
});

it("500 completions, shared out among three replicas, get 500 next ones, each asked for once", async () => {
  const replicas = [bed.app, await bed.startAnother(), await bed.startAnother()];
  const before = { granted: bed.task.granted.length, asked: bed.task.asked.length };
  const all = Array.from({ length: 500 }, () => bed.task.begin(berlin));
  // No more at a time than there are connections: who waits too long for one is told to come again.
  const left = all.values();
  const work = Array.from({ length: 24 }, async (_, index) => {
    const to = replicas[index % replicas.length];
    for (const one of left)
      for (const event of [one.started, one.complete(bed.clock.now())]) await bed.deliver(event, to);
  });
  await Promise.all(work);
  await bed.drained();
  expect(all.filter(({ made }) => made.size !== 2)).toEqual([]);
  expect(bed.task.granted.length - before.granted).toBe(500);
  expect(bed.task.asked.length - before.asked).toBe(500);
}, 60_000);

it("a user who is erased is forgotten, and what events tell later is not kept", async () => {
  const userId = randomUUID();
  const one = bed.task.begin(berlin, { userId });
  await bed.deliver(one.started);
  const rows = async () =>
    (await bed.admin.query("select from series_state where user_id = $1", [userId])).rowCount;
  expect(await rows()).toBe(1);
  await bed.deliver(one.erased());
  expect(await rows()).toBe(0);
  await bed.deliver(one.complete(bed.clock.now()));
  await bed.drained();
  expect([await rows(), one.made.size]).toEqual([0, 1]);
});

it("the service's role sees the series of the user for whom it works, and no others", async () => {
  const one = bed.task.begin(berlin);
  await bed.deliver(one.started);
  const seen = async (userId: string) => {
    const client = await bed.service.connect();
    try {
      await client.query("begin");
      await client.query("select set_config('app.user_id', $1, true)", [userId]);
      return (await client.query("select from series_state where series_id = $1", [one.series.id])).rowCount;
    } finally {
      await client.query("rollback");
      client.release();
    }
  };
  expect([await seen(one.userId), await seen(randomUUID()), await seen("")]).toEqual([1, 0, 0]);
});

it("nothing that a user wrote is kept", async () => {
  const one = bed.task.begin(berlin);
  await bed.deliver(one.started);
  await bed.deliver(one.skip(bed.clock.now()));
  const { rows } = await bed.admin.query("select s::text as text from series_state s where series_id = $1", [
    one.series.id,
  ]);
  expect(rows[0].text).toContain("FREQ=MONTHLY");
  expect(rows[0].text).not.toMatch(/plants|away/);
});
