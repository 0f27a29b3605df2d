import { expect, it } from "vitest";
import { planStrikes } from "./strikes.ts";

const kinds = ["kafka", "recurrence", "recurrence's sidecar", "task", "task's sidecar"];

it("three rounds end a process of every kind, none twice at once, and the same seed the same ones", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const rounds = planStrikes({ rounds: 3, seed });
    expect([...new Set(rounds.flat().map(({ kind }) => kind))].sort()).toEqual(kinds);
    for (const round of rounds) expect(new Set(round.map(({ process }) => process)).size).toBe(round.length);
    expect(planStrikes({ rounds: 3, seed })).toEqual(rounds);
  }
});

it("a whole run ends every instance by either signal", () => {
  const strikes = planStrikes({ rounds: 20, seed: 1 }).flat();
  const seen = new Set(strikes.map(({ process, signal }) => `${process} ${signal}`));
  expect(seen.size).toBe(2 * (3 + 3 + 2 + 2 + 1));
});
