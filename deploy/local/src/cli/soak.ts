/**
 * `npm run test:soak -- --hours N`: leaves the whole system alone under a steady load, by default for an hour.
 * `--write` writes what was seen to docs/reliability.md; further arguments are vitest's.
 */
import { parseArgs } from "node:util";
import { packageProgram, runStep } from "./step.ts";

const { values, positionals } = parseArgs({
  options: { hours: { type: "string", default: "1" }, write: { type: "boolean", default: false } },
  allowPositionals: true,
});
const hours = Number(values.hours);
if (!(hours > 0 && hours <= 240)) {
  console.error(`--hours ${values.hours}: between 0 and 240 hours can be had, such as 0.5`);
  process.exit(2);
}
const env: Record<string, string> = { SOAK_HOURS: values.hours, ...(values.write && { SOAK_WRITE: "1" }) };
const args = ["run", "--project", "soak", "--reporter=verbose", ...positionals];
process.exit(await runStep({ name: "soak", command: packageProgram("vitest"), args, env }));
