import { DomainError, ErrorReason, reasonName } from "@todo/kit/errors";
import { describe, expect, it } from "vitest";
import { createFairQueue } from "./fair-queue.ts";

const patient = { atOnce: 1, mostWaiting: 4, longestWaitMs: 60_000 };
const here = new AbortController().signal;
const refusedAs = (work: Promise<unknown>) =>
  work.then(
    () => "let in",
    (error: unknown) => (error instanceof DomainError ? reasonName(error.reason) : error),
  );

/** Enters several, and notes the order in which they get their place. */
function crowd(queue: ReturnType<typeof createFairQueue>, lanes: string[]) {
  const order: string[] = [];
  const all = lanes.map(async (name) => {
    using _place = await queue.enter(name.charAt(0), here);
    order.push(name);
  });
  return { order, all };
}

describe("a fair queue", () => {
  it("lets no more work at once than it has places", async () => {
    const queue = createFairQueue({ ...patient, atOnce: 2 });
    const [first] = await Promise.all([queue.enter("a", here), queue.enter("b", here)]);
    const third = queue.enter("c", here);
    expect(queue.waiting()).toBe(1);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    await third;
    void refusedAs(queue.enter("d", here));
    expect(queue.waiting()).toBe(1);
  });

  it("lets lanes take turns, and each of a lane in its order", async () => {
    const queue = createFairQueue({ ...patient, mostWaiting: 9 });
    const held = await queue.enter("x", here);
    const { order, all } = crowd(queue, ["a1", "a2", "a3", "b1", "c1", "c2"]);
    held[Symbol.dispose]();
    await Promise.all(all);
    expect(order).toEqual(["a1", "b1", "c1", "a2", "c2", "a3"]);
  });

  it("lets the newest of the longest lane give way to somebody else, when too many wait", async () => {
    const queue = createFairQueue(patient);
    const held = await queue.enter("x", here);
    const flood = Array.from({ length: 6 }, () => refusedAs(queue.enter("flood", here)));
    const other = refusedAs(queue.enter("other", here));
    expect(queue.waiting()).toBe(4);
    expect(await Promise.all(flood.slice(3))).toEqual(["RATE_LIMITED", "RATE_LIMITED", "RATE_LIMITED"]);
    held[Symbol.dispose]();
    expect([await flood[0]]).toEqual(["let in"]);
    expect(await Promise.race([other, Promise.resolve("waits")])).toBe("waits");
  });

  it("says when to come again to whom it has let wait too long", async () => {
    const queue = createFairQueue({ ...patient, longestWaitMs: 1 });
    await queue.enter("a", here);
    const late = await queue.enter("b", here).catch((error: unknown) => error);
    expect(late).toMatchObject({ reason: ErrorReason.RATE_LIMITED, retryAfterMs: 1_000 });
    expect(queue.waiting()).toBe(0);
  });

  it("forgets at once who is gone, and gives their turn to the next", async () => {
    const queue = createFairQueue(patient);
    const held = await queue.enter("a", here);
    const gone = new AbortController();
    const left = refusedAs(queue.enter("b", gone.signal));
    const next = queue.enter("c", here);
    gone.abort("gone");
    expect(await left).toBe("gone");
    held[Symbol.dispose]();
    await next;
    expect(await refusedAs(queue.enter("d", AbortSignal.abort("too late")))).toBe("too late");
  });
});
