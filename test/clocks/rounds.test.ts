import { expect, it } from "vitest";
import { Rounds } from "./rounds.ts";

it("something has come round as often as it changed at the place where it did least often", () => {
  const rounds = new Rounds();
  expect(rounds.least).toBe(0);
  for (const [a, b] of [
    ["1", "x"],
    ["2", "x"],
    ["2", "y"],
    ["3", "y"],
  ] as const)
    rounds.see(
      new Map([
        ["a", a],
        ["b", b],
      ]),
    );
  expect(rounds.least).toBe(1);
});
