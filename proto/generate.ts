/**
 * Generates `gen/` from the contracts. Contracts of others are taken from npm packages for the time of the generation
 * and never committed; NOTICE names them. With `--check` nothing is kept: the run fails if `gen/` is not what the
 * contracts say.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { argv, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { buf } from "./buf.ts";
import { fetchThirdParty } from "./third-party.ts";

const root = dirname(fileURLToPath(import.meta.url));

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function difference(a: string, b: string): string[] {
  const [left, right] = [files(a), files(b)];
  const missing = [
    ...left.filter((file) => !right.includes(file)),
    ...right.filter((file) => !left.includes(file)),
  ];
  const changed = left.filter(
    (file) =>
      right.includes(file) && readFileSync(join(a, file), "utf8") !== readFileSync(join(b, file), "utf8"),
  );
  return [...missing, ...changed];
}

function check(): void {
  const before = mkdtempSync(join(tmpdir(), "todo-gen-"));
  cpSync(join(root, "gen"), before, { recursive: true });
  try {
    if (!buf(root, "generate")) exit(1);
    const stale = difference(before, join(root, "gen"));
    if (stale.length === 0) return;
    console.error(`proto/gen is not what the contracts say; run npm run generate:\n  ${stale.join("\n  ")}`);
    exit(1);
  } finally {
    rmSync(join(root, "gen"), { recursive: true });
    cpSync(before, join(root, "gen"), { recursive: true });
    rmSync(before, { recursive: true });
  }
}

fetchThirdParty(join(root, "third_party"));
const checking = argv.includes("--check");
if (!buf(root, "format", "--path", "todo", ...(checking ? ["--diff", "--exit-code"] : ["-w"]))) exit(1);
if (!buf(root, "lint")) exit(1);
if (checking) check();
else if (!buf(root, "generate")) exit(1);
