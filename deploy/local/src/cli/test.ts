/** `npm test`: the checks and every suite. Ends with the line `N passed, N failed`. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestGround } from "../test-ground.ts";
import { runChecks } from "./checks.ts";
import { packageProgram, runStep } from "./step.ts";
import { type Suite, suites } from "./suites.ts";

interface Count {
  readonly passed: number;
  readonly failed: number;
}

/** Of vitest's JSON report what is counted. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

const counts: Count[] = [await runChecks()];
for (const suite of suites) counts.push(await runSuite(suite));
const sum = (of: (count: Count) => number) => counts.reduce((total, count) => total + of(count), 0);
const failed = sum((count) => count.failed);
console.log(`${sum((count) => count.passed)} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

async function runSuite(suite: Suite): Promise<Count> {
  console.log(`\n${suite.project}: ${suite.what}`);
  if (!suite.ground) return runVitest(suite, suite.env ?? {});
  await using ground = await startTestGround({ environment: process.env, report: console.log });
  return await runVitest(suite, {
    ...suite.env,
    TEST_DATABASE_URL: ground.databaseUrl,
    TEST_KAFKA: ground.kafkaBrokers,
  });
}

/** A suite that fails as a whole, or in which no test ran, counts as one failure more. */
async function runVitest(suite: Suite, env: Record<string, string>): Promise<Count> {
  const folder = await mkdtemp(join(tmpdir(), "todo-report-"));
  const file = join(folder, "report.json");
  try {
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const args = ["run", "--project", suite.project, ...reporters];
    const code = await runStep({ name: suite.project, command: packageProgram("vitest"), args, env });
    return countOf(await readReport(file), code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readReport(file: string): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
}

function countOf(report: Report | undefined, code: number): Count {
  if (report === undefined) return { passed: 0, failed: 1 };
  const skipped = report.numPendingTests + report.numTodoTests;
  const failed = report.numFailedTests + skipped;
  const hollow = report.numPassedTests + failed === 0 || (failed === 0 && code !== 0);
  return { passed: report.numPassedTests, failed: failed + (hollow ? 1 : 0) };
}
