/**
 * Compares the contracts with those of the last release and of the commit before: what speaks the old ones must go on understanding us (WIRE_JSON:
 * field names and numbers both, since browsers and events speak JSON).
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { exit } from "node:process";
import { fileURLToPath } from "node:url";
import { buf } from "./buf.ts";
import { earlierCommits } from "./earlier-commits.ts";

const root = dirname(fileURLToPath(import.meta.url));
const against = earlierCommits(root, "proto/buf.yaml");
if (!against.every(isCompatible)) exit(1);

function isCompatible(commit: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), "todo-breaking-"));
  try {
    const archive = execFileSync("git", ["archive", commit, "todo", "buf.yaml"], {
      cwd: root,
      maxBuffer: 2 ** 28,
    });
    execFileSync("tar", ["-x", "-C", folder], { input: archive });
    cpSync(join(root, "third_party"), join(folder, "third_party"), { recursive: true });
    return buf(root, "breaking", "--against", folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
