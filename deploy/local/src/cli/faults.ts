/**
 * `npm run test:faults`: breaks the parts of a running system, one at a time and several at once.
 * `-- --write` writes what was measured to docs/reliability.md; further arguments are vitest's, such as `-t kafka`.
 */
import { packageProgram, runStep } from "./step.ts";

const given = process.argv.slice(2);
const rest = given.filter((argument) => argument !== "--write");
const args = ["run", "--project", "faults", "--reporter=verbose", ...rest];
const env: Record<string, string> = given.includes("--write") ? { FAULTS_WRITE: "1" } : {};
process.exit(await runStep({ name: "faults", command: packageProgram("vitest"), args, env }));
