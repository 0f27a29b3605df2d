/** `npm run fix`: formats, and mends what the linter can mend without a risk. */
import { packageProgram, runStep } from "./step.ts";

const contracts = await runStep({
  name: "contracts",
  command: packageProgram("buf"),
  args: ["format", "proto", "--path", "proto/todo", "-w"],
});
const code = await runStep({ name: "code", command: packageProgram("biome"), args: ["check", "--write"] });
process.exit(contracts || code);
