import { describe, expect, it } from "vitest";
import { countOf } from "./count.ts";

const good = { fullName: "a task is created", status: "passed", failureMessages: [] };
const bad = {
  fullName: "a task is completed",
  status: "failed",
  failureMessages: ["Error: 1 is not 2\n  at x.ts"],
};
const left = { fullName: "a task is left out", status: "skipped", failureMessages: null };
const file = { name: "task.test.ts", status: "passed" as const, message: "" };

describe("what is counted of a suite", () => {
  it("is every test that passed", () => {
    const report = { numPassedTests: 1, testResults: [{ ...file, assertionResults: [good] }] };
    expect(countOf("unit", report, 0)).toEqual({ passed: 1, failures: [] });
  });

  it("is a test that failed, with its file and what it said", () => {
    const testResults = [{ ...file, status: "failed" as const, assertionResults: [good, bad] }];
    const failure = "task.test.ts: a task is completed\nError: 1 is not 2\n  at x.ts";
    expect(countOf("unit", { numPassedTests: 1, testResults }, 1)).toEqual({
      passed: 1,
      failures: [failure],
    });
  });

  it("is a test that was not run, as one that failed", () => {
    const report = { numPassedTests: 1, testResults: [{ ...file, assertionResults: [good, left] }] };
    expect(countOf("unit", report, 0).failures).toEqual(["task.test.ts: a task is left out\nskipped"]);
  });

  it("is a file that could not be run", () => {
    const broken = { ...file, status: "failed" as const, message: "no such module", assertionResults: [] };
    const { failures } = countOf("unit", { numPassedTests: 0, testResults: [broken] }, 1);
    expect(failures).toEqual(["task.test.ts\nno such module"]);
  });

  it("is a file whose set-up failed after its tests were known", () => {
    const broken = { ...file, status: "failed" as const, message: "no port", assertionResults: [good] };
    expect(countOf("unit", { numPassedTests: 1, testResults: [broken] }, 1).failures).toHaveLength(1);
  });

  it("is a failure if no test ran, if the suite failed otherwise, and if it left no report", () => {
    expect(countOf("unit", { numPassedTests: 0, testResults: [] }, 0).failures).toHaveLength(1);
    const report = { numPassedTests: 1, testResults: [{ ...file, assertionResults: [good] }] };
    expect(countOf("unit", report, 1).failures).toEqual(["unit: 1 tests passed, exit code 1"]);
    expect(countOf("unit", undefined, 1)).toEqual({ passed: 0, failures: ["unit: no report"] });
  });
});
