/**
 * Compares the contracts with those of an earlier commit: what speaks the old ones must go on understanding us (WIRE_JSON:
 * field names and numbers both, since browsers and events speak JSON).
 *
 * The earlier commit is `BREAKING_AGAINST`, else where this branch left `origin/main`, else the commit before.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { env, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { buf } from "./buf.ts";

const root = dirname(fileURLToPath(import.meta.url));
const against =
  env["BREAKING_AGAINST"] ?? earlier("merge-base", "HEAD", "origin/main") ?? earlier("rev-parse", "HEAD^");
if (against !== undefined && earlier("cat-file", "-e", `${against}:proto/buf.yaml`) !== undefined) {
  if (!isCompatible(against)) exit(1);
}

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

/** What git answers; `undefined` where it has no such commit. The commit we are on is not an earlier one. */
function earlier(...args: string[]): string | undefined {
  try {
    const run = (...words: string[]) =>
      execFileSync("git", words, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    const answer = run(...args);
    return args[0] !== "cat-file" && answer === run("rev-parse", "HEAD") ? undefined : answer;
  } catch {
    return undefined;
  }
}
