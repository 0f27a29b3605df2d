/** `npm run generate`: everything in the repository that is made from the contracts and the catalogues. */
import { generators } from "./generators.ts";
import { runStep } from "./step.ts";

for (const { name, args } of generators) {
  const code = await runStep({ name, command: process.execPath, args });
  if (code !== 0) process.exit(code);
}
