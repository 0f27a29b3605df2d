import { expect, it } from "vitest";
import { resultTable } from "./report.ts";

const found = { lost: 0, doubled: 0, order: 0, foreign: 0 };

it("a fault is one line of the table: what callers saw, how long it took, what was found", () => {
  const fault = { calls: 12, writes: 5, found, recoverySeconds: 1.26 };
  const table = resultTable([
    { ...fault, fault: "kafka: SIGKILL", failures: new Map() },
    { ...fault, fault: "task: SIGKILL", failures: new Map([["UNAVAILABLE", 2]]), recoverySeconds: undefined },
  ]);
  expect(table.split("\n").slice(2)).toEqual([
    "| kafka: SIGKILL | 5 | 12 × success | 1.3 s | 0 | 0 | 0 | 0 |",
    "| task: SIGKILL | 5 | 10 × success, 2 × UNAVAILABLE | none | 0 | 0 | 0 | 0 |",
  ]);
});
