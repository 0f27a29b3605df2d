import { ListTasksRequest_Order as Order } from "@todo/proto/todo/task/v1/task_service";
import { describe, expect, it } from "vitest";
import { sortKeysOf } from "./list-order.ts";

describe("a page token that somebody made up", () => {
  const [due] = sortKeysOf(Order.DUE);
  const [priority] = sortKeysOf(Order.PRIORITY);
  const [title] = sortKeysOf(Order.TITLE);

  it.each([
    [due, "2026-03-29T09:00:00.000Z", true],
    [due, "infinity", true],
    [due, "2026-02-30T09:00:00.000Z", false],
    [due, "2026-03-29T24:00:00.000Z", false],
    [due, "0000-03-29T09:00:00.000Z", false],
    [due, "2026-03-29T09:00:00Z", false],
    [due, ["infinity"], false],
    [due, 7, false],
    [due, null, false],
    [due, {}, false],
    [priority, 2, true],
    [priority, "2", false],
    [priority, 2.5, false],
    [priority, 1e9, false],
    [title, "a", true],
    [title, "a\0", false],
    [title, ["a"], false],
  ])("of %o with %j reaches the database only if it can take it", (key, value, taken) => {
    expect(key?.fits(value)).toBe(taken);
  });
});
