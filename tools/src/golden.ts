/**
 * Keeps `kit/test/golden`: every event as it was ever published, byte for byte, and beside it in the forms of other namings. Consumers have to understand all of them
 * for as long as a topic may hold one, so a file is added and never changed; with `--check` what is missing is an error.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { earlierCommits } from "../../proto/earlier-commits.ts";
import { missingGolden } from "./golden/files.ts";
import { missingForeign } from "./golden/foreign.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const path = "kit/test/golden";
const folder = join(root, path);
const found = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

const changed = [...new Set(earlierCommits(root, path).flatMap(changedSince))];
if (changed.length > 0) {
  console.error(`golden events are never changed or removed; take these back: ${changed.join(", ")}`);
  exit(1);
}
const missing = missingGolden(found);
const missingForms = missingForeign([...found, ...missing], (name) => existsSync(join(folder, name)));
const lacking = [...missing, ...missingForms];
if (argv.includes("--check") && lacking.length > 0) {
  console.error(`missing; run npm run generate: ${lacking.map(({ name }) => name).join(", ")}`);
  exit(1);
}
for (const { name, text } of lacking) writeFileSync(join(folder, name), text);

/** Golden events of an earlier commit that are not what they were. */
function changedSince(commit: string): string[] {
  const args = ["diff", "--name-only", "--diff-filter=a", commit, "--", path];
  return execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\n").filter(Boolean);
}
