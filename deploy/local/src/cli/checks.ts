import type { Count } from "./count.ts";
import { generators } from "./generators.ts";
import { packageProgram, runStep, type Step } from "./step.ts";

/** The checks in order. That of the contracts' code lints them too. */
const checks: readonly Step[] = [
  { name: "types", command: packageProgram("tsc"), args: ["-p", "."] },
  { name: "lint and format", command: packageProgram("biome"), args: ["check", "--error-on-warnings"] },
  ...generators.map(({ name, args }) => ({
    name: `${name} as generated`,
    command: process.execPath,
    args: [...args, "--check"],
  })),
  { name: "contracts that break nobody", command: process.execPath, args: ["proto/breaking.ts"] },
  { name: "layout", command: process.execPath, args: ["tools/src/layout.ts"] },
];

/** Runs all checks, also after one failed, and counts. */
export async function runChecks(): Promise<Count> {
  const failures: string[] = [];
  for (const check of checks) {
    const good = (await runStep(check)) === 0;
    if (!good) failures.push(check.name);
    console.log(`${good ? "ok    " : "FAILED"}  ${check.name}`);
  }
  return { passed: checks.length - failures.length, failures };
}
