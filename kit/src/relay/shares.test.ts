import { describe, expect, it } from "vitest";
import type { OutboxRow } from "./rows.ts";
import { Shares } from "./shares.ts";

const rowOf = (user: string, seq: number, stream = user): OutboxRow => ({
  seq: `${seq}`,
  stream_id: stream,
  shard: 0,
  topic: "task.events",
  key: stream,
  value: null,
  headers: user === "" ? {} : { ce_userid: user },
});
const many = (user: string, count: number) => Array.from({ length: count }, (_, n) => rowOf(user, n + 1));

/** Lets go what may go. */
function take(shares: Shares, found: readonly OutboxRow[]): OutboxRow[] {
  const taken = shares.within(found);
  shares.count(taken);
  return taken;
}

describe("the shares of users", () => {
  const at = (time: { now: number }) => new Shares({ rows: 3, windowMs: 100 }, () => time.now);

  it("let the first rows of each user go and hold back the rest, in their order", () => {
    const shares = at({ now: 0 });
    const taken = take(shares, [...many("a", 5), ...many("b", 2)]);
    expect(taken.map(({ stream_id, seq }) => stream_id + seq)).toEqual(["a1", "a2", "a3", "b1", "b2"]);
    expect(shares.leaveOut()).toEqual(["a"]);
  });

  it("come anew when their window has ended", () => {
    const time = { now: 0 };
    const shares = at(time);
    take(shares, many("a", 5));
    time.now = 40;
    expect(shares.msToNext()).toBe(60);
    expect(take(shares, many("a", 5))).toEqual([]);
    time.now = 100;
    expect(shares.leaveOut()).toEqual([]);
    expect(take(shares, many("a", 5))).toHaveLength(3);
  });

  it("are used up by what went, not by what was only found", () => {
    const shares = at({ now: 0 });
    for (let look = 0; look < 3; look++) expect(shares.within(many("a", 5))).toHaveLength(3);
    expect(shares.leaveOut()).toEqual([]);
  });

  it("bind nobody in particular", () => {
    const shares = at({ now: 0 });
    expect(take(shares, many("", 9))).toHaveLength(9);
    expect(shares.leaveOut()).toEqual([]);
    expect(shares.msToNext()).toBe(Number.POSITIVE_INFINITY);
  });

  it("can be given to everybody at once", () => {
    const shares = at({ now: 0 });
    take(shares, many("a", 5));
    shares.begin();
    expect(take(shares, many("a", 5))).toHaveLength(3);
  });
});
