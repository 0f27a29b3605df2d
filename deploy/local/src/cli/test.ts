/** `npm test`: the checks and every suite. Ends with what failed and the line `N passed, N failed`. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kafkaAdministrator } from "@todo/kit/kafka-rights";
import { passwordFile } from "../kafka/credentials.ts";
import { startTestGround } from "../test-ground.ts";
import { runChecks } from "./checks.ts";
import { type Count, countOf, type Report } from "./count.ts";
import { packageProgram, runStep } from "./step.ts";
import { type Suite, suites } from "./suites.ts";

const counts: Count[] = [await runChecks()];
for (const suite of suites) counts.push(await runSuite(suite));
const failures = counts.flatMap((count) => count.failures);
const passed = counts.reduce((total, count) => total + count.passed, 0);
for (const failure of failures) console.log(`\nFAILED  ${failure}`);
console.log(`\n${passed} passed, ${failures.length} failed`);
process.exit(failures.length > 0 ? 1 : 0);

async function runSuite(suite: Suite): Promise<Count> {
  console.log(`\n${suite.project}: ${suite.what}`);
  if (!suite.ground) return runVitest(suite, suite.env ?? {});
  await using ground = await startTestGround({ environment: process.env, report: console.log });
  return await runVitest(suite, {
    ...suite.env,
    TEST_DATABASE_URL: ground.databaseUrl,
    TEST_KAFKA: ground.kafka.bootstrap,
    TEST_KAFKA_PASSWORD_FILE: passwordFile(ground.kafka.credentials ?? "", kafkaAdministrator),
  });
}

async function runVitest(suite: Suite, env: Record<string, string>): Promise<Count> {
  const folder = await mkdtemp(join(tmpdir(), "todo-report-"));
  const file = join(folder, "report.json");
  try {
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const args = ["run", "--project", suite.project, ...reporters];
    const code = await runStep({ name: suite.project, command: packageProgram("vitest"), args, env });
    return countOf(suite.project, await readReport(file), code);
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
