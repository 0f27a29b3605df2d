import { expect, it } from "vitest";
import { recoveryFrom, spreadOf, waitsOf } from "./timing.ts";

const completion = (acknowledgedAt?: number, nextAt?: number) => ({
  taskId: "task",
  requestId: "request",
  answers: [],
  ...(acknowledgedAt === undefined ? {} : { acknowledgedAt }),
  ...(nextAt === undefined ? {} : { nextAt }),
});
const all = [
  completion(0, 900),
  completion(800, 3_500),
  completion(2_000, 9_000),
  completion(2_100),
  completion(),
];

it("the wait for the next occurrence is known of completions that had one", () => {
  expect(waitsOf(all)).toEqual([900, 2_700, 7_000]);
});

it("the system has caught up when all is there that followed from before", () => {
  expect(recoveryFrom(1_000, all)).toBe(2_500);
  expect(recoveryFrom(500, all)).toBe(400);
  expect(recoveryFrom(-1, all)).toBe(0);
});

it("of some times half, 95 in 100 and all took at most so many seconds", () => {
  const times = Array.from({ length: 200 }, (_, n) => (200 - n) * 100);
  expect(spreadOf(times)).toEqual({ half: 10, most95: 19, most: 20 });
  expect(spreadOf([])).toEqual({ half: 0, most95: 0, most: 0 });
});
