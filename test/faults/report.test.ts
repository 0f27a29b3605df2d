import { expect, it } from "vitest";
import { resultTable } from "./report.ts";

const found = { lost: 0, doubled: 0, order: 0, foreign: 0 };

it("a fault is one line of the table: what callers saw, how long it took, what was found", () => {
  const after = { readySeconds: 0.04, recoverySeconds: 1.26, eventsSeconds: 2 };
  const fault = { calls: 12, writes: 5, found, unready: ["task", "audit"], ...after };
  const table = resultTable([
    { ...fault, fault: "kafka: SIGKILL", failures: new Map() },
    {
      ...fault,
      fault: "task: SIGKILL",
      failures: new Map([["UNAVAILABLE", 2]]),
      unready: [],
      recoverySeconds: undefined,
    },
  ]);
  expect(table.split("\n").slice(2)).toEqual([
    "| kafka: SIGKILL | 5 | 12 × success | task, audit | 0.0 s | 1.3 s | 2.0 s | 0 | 0 | 0 | 0 |",
    "| task: SIGKILL | 5 | 10 × success, 2 × UNAVAILABLE | nobody | 0.0 s | none | 2.0 s | 0 | 0 | 0 | 0 |",
  ]);
});
