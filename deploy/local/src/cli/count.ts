/** What came of a suite or of the checks. */
export interface Count {
  readonly passed: number;
  /** What failed, each by its name and what it said. */
  readonly failures: readonly string[];
}

/** Of vitest's JSON report what is counted. */
export interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly FileReport[];
}

interface FileReport {
  /** The path of the file. */
  readonly name: string;
  readonly status: "passed" | "failed";
  /** Why the file could not be run; empty if it was. */
  readonly message: string;
  readonly assertionResults: readonly TestReport[];
}

interface TestReport {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages?: readonly string[] | null;
}

const linesShown = 12;

/** A test that was not run counts as failed, and so does a suite that fails as a whole or in which no test ran. */
export function countOf(suite: string, report: Report | undefined, exitCode: number): Count {
  if (report === undefined) return { passed: 0, failures: [`${suite}: no report`] };
  const failures = report.testResults.flatMap(failuresOf);
  const hollow = failures.length === 0 && (exitCode !== 0 || report.numPassedTests === 0);
  if (hollow) failures.push(`${suite}: ${report.numPassedTests} tests passed, exit code ${exitCode}`);
  return { passed: report.numPassedTests, failures };
}

function failuresOf({ name, status, message, assertionResults }: FileReport): string[] {
  const tests = assertionResults.filter((test) => test.status !== "passed");
  const failures = tests.map((test) => {
    const said = test.failureMessages?.join("\n") || test.status;
    return `${name}: ${test.fullName}\n${beginningOf(said)}`;
  });
  return failures.length === 0 && status === "failed" ? [`${name}\n${beginningOf(message)}`] : failures;
}

function beginningOf(text: string): string {
  return text.split("\n").slice(0, linesShown).join("\n");
}
