import { expect, it } from "vitest";
import { seriesHeading, seriesSection } from "./report.ts";

it("a run is a section of its own: what was done, what came of it, what was found", () => {
  const spread = { half: 0.44, most95: 2, most: 14.96 };
  const section = seriesSection({
    completions: 2_000,
    next: 1_999,
    strikes: new Map([
      ["task", 12],
      ["kafka", 11],
    ]),
    calls: 5,
    failures: new Map([["UNAVAILABLE", 2]]),
    waited: spread,
    recovery: spread,
    seconds: 301.6,
    found: { missing: 1, twice: 0, "wrong time": 0, "out of order": 0, foreign: 0 },
    seed: 7,
  });
  expect(section.startsWith(`${seriesHeading}\n`)).toBe(true);
  expect(section).toContain("| Completions | 2000 |\n| Next tasks | 1999 |\n| Missing | 1 |");
  expect(section).toContain("| 12 × task, 11 × kafka |");
  expect(section).toContain("| 3 × success, 2 × UNAVAILABLE |");
  expect(section).toContain("| 0.4 s for half, 2.0 s for 95 in 100, 15.0 s at most |");
  expect(section).toContain("| 302 s, seed 7 |");
});
