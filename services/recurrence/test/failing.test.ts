import { Code } from "@connectrpc/connect";
import { Recurrence_Anchor } from "@todo/proto/todo/task/v1/series";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { refused } from "./fake-task.ts";
import { type Bed, startBed } from "./fixture.ts";

let bed: Bed;
beforeEach(async () => {
  // Here time goes by in steps that no lease would outlive.
  bed = await startBed({ leaseMs: 30 * 86_400_000 });
});
afterEach(() => bed[Symbol.asyncDispose]());

const away = () => {
  throw refused("DEPENDENCY_UNAVAILABLE", Code.Unavailable);
};
const refuses = () => {
  throw refused("REQUEST_INVALID", Code.InvalidArgument);
};

async function completed() {
  const one = bed.task.begin({});
  await bed.deliver(one.started);
  await bed.deliver(one.complete(bed.clock.now()));
  return one;
}

/** Lets time go by, a minute at a time, until something is so. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const look = async () => {
    await bed.pass(60_000);
    expect(await isSo()).toBe(true);
  };
  await vi.waitFor(look, { timeout: 30_000, interval: 20 });
}

const parked = async () =>
  (await bed.admin.query("select from pending_advance where park_time is not null")).rowCount;

it("an advance waits as long as task is away, and is made once when it is back", async () => {
  bed.task.before = away;
  const one = await completed();
  await until(() => bed.task.asked.length >= 12);
  expect([one.made.size, await parked()]).toEqual([1, 0]);
  bed.task.before = () => {};
  await until(() => one.made.size === 2);
  await bed.settled();
  expect(bed.task.granted).toHaveLength(1);
});

it.each([
  ["in the outbox of task", "OUTBOX_FULL"],
  ["for one more task of its user", "TASK_QUOTA_EXCEEDED"],
])("an advance waits as long as there is no room %s, and is made once there is", async (_, reason) => {
  bed.task.before = () => {
    throw refused(reason, Code.ResourceExhausted);
  };
  const one = await completed();
  await until(() => bed.task.asked.length >= 12);
  expect([one.made.size, await parked()]).toEqual([1, 0]);
  bed.task.before = () => {};
  await until(() => one.made.size === 2);
  await bed.settled();
  expect(bed.task.granted).toHaveLength(1);
});

it("an advance that nobody takes for a day is parked, and tried again an hour later", async () => {
  bed.task.before = away;
  const one = await completed();
  await until(() => bed.task.asked.length >= 3);
  bed.clock.advance(86_400_000);
  await until(async () => (await parked()) === 1);
  bed.task.before = () => {};
  await until(() => one.made.size === 2);
  await bed.settled();
  expect(await parked()).toBe(0);
});

it("an advance that is parked is tried again when a process starts", async () => {
  bed.task.before = refuses;
  const one = await completed();
  await until(async () => (await parked()) === 1);
  bed.task.before = () => {};
  await bed.startAnother();
  await bed.settled();
  expect([one.made.size, await parked()]).toEqual([2, 0]);
});

it("an advance that task refuses is parked after eight times, until the series changes", async () => {
  bed.task.before = refuses;
  const one = await completed();
  await until(async () => (await parked()) === 1);
  expect(bed.task.asked).toHaveLength(8);
  bed.task.before = () => {};
  await bed.deliver(one.change({ rrule: "FREQ=WEEKLY" }));
  await bed.settled();
  expect([...one.made]).toEqual(["2026-05-01T09:00:00", "2026-05-08T09:00:00"]);
});

it("one that task does not answer does not hold up the others", async () => {
  const hung = Promise.withResolvers<void>();
  const [slow, ...others] = [bed.task.begin({}), ...Array.from({ length: 20 }, () => bed.task.begin({}))];
  for (const { started } of [slow, ...others]) await bed.deliver(started);
  bed.task.before = ({ seriesId }) => (seriesId === slow.series.id ? hung.promise : undefined);
  await bed.deliver(slow.complete(bed.clock.now()));
  await vi.waitFor(() => expect(bed.task.asked).toHaveLength(1), { timeout: 20_000, interval: 20 });
  await Promise.all(others.map((one) => bed.deliver(one.complete(bed.clock.now()))));
  // The slow one is given up after 5 s.
  await vi.waitFor(() => expect(others.every(({ made }) => made.size === 2)).toBe(true), { timeout: 4_000 });
  expect(slow.made.size).toBe(1);
  hung.resolve();
  await until(() => slow.made.size === 2);
});

it("an event whose rule is none is parked with a dead letter, and its series alone waits", async () => {
  const [broken, one] = [bed.task.begin({ rrule: "FREQ=NEVER" }), bed.task.begin({})];
  for (const each of [broken, one]) {
    await bed.deliver(each.started);
    await bed.deliver(each.complete(bed.clock.now()));
  }
  await bed.settled();
  expect([broken.made.size, one.made.size]).toEqual([1, 2]);
  expect((await bed.admin.query("select key from parked")).rows).toEqual([{ key: broken.series.streamId }]);
  await vi.waitFor(() => expect(bed.publisher.events("task.events.dlq")).toHaveLength(1), {
    timeout: 20_000,
  });
});

it("where events come late, the completion that was told last is the one that counts", async () => {
  const one = bed.task.begin({ rrule: "FREQ=DAILY;INTERVAL=3", anchor: Recurrence_Anchor.COMPLETION });
  const [first, , second, last] = [
    one.complete(new Date("2026-05-01T10:00:00Z")),
    one.reopen(),
    one.complete(new Date("2026-05-02T10:00:00Z")),
    one.change(),
  ];
  for (const event of [last, first]) await bed.deliver(event);
  await bed.settled();
  expect(one.made.size).toBe(1);
  await bed.deliver(second);
  await bed.settled();
  expect([...one.made]).toEqual(["2026-05-01T09:00:00", "2026-05-05T09:00:00"]);
});

it("an answer to an advance that a newer one replaced ends the older one alone", async () => {
  const held = Promise.withResolvers<void>();
  const versions: bigint[] = [];
  bed.task.before = ({ seriesVersion }) => {
    versions.push(seriesVersion);
    if (versions.length === 2) away();
    return seriesVersion === 2n ? held.promise : undefined;
  };
  const one = await completed();
  await vi.waitFor(() => expect(versions).toEqual([2n]), { timeout: 20_000 });
  await bed.deliver(one.change({ rrule: "FREQ=WEEKLY" }));
  await vi.waitFor(() => expect(versions).toEqual([2n, 3n]), { timeout: 20_000 });
  held.resolve();
  await until(() => one.made.size === 2);
  expect([...one.made]).toEqual(["2026-05-01T09:00:00", "2026-05-08T09:00:00"]);
});
