/** Writes the pages of `docs/` that are made from the code; with `--check` it compares them instead. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { readContracts } from "./docs/contracts.ts";
import { errorsPage } from "./docs/errors.ts";
import { eventsPage } from "./docs/events.ts";
import { metricsPage } from "./docs/metrics.ts";
import { readProofs, readRequirements, requirementsPage } from "./docs/requirements.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const contracts = readContracts(root);
const pages: Record<string, string> = {
  "docs/errors.md": errorsPage(contracts),
  "docs/events.md": eventsPage(contracts),
  "docs/metrics.md": metricsPage(),
  "docs/requirements.md": requirementsPage(readRequirements(root), readProofs(root)),
};

const stale = Object.entries(pages).filter(([file, text]) => read(file) !== text);
if (argv.includes("--check") && stale.length > 0) {
  console.error(`stale; run npm run generate: ${stale.map(([file]) => file).join(", ")}`);
  exit(1);
}
for (const [file, text] of stale) writeFileSync(join(root, file), text);

function read(file: string): string | undefined {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch {
    return undefined;
  }
}
