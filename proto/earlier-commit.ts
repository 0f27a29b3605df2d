import { execFileSync } from "node:child_process";
import { env } from "node:process";

/**
 * The commit with which this one has to get along: `BREAKING_AGAINST`, else where this branch left `origin/main`, else
 * the commit before. `undefined`: there is none, or it has no such path.
 */
export function earlierCommit(root: string, path: string): string | undefined {
  const commit =
    env["BREAKING_AGAINST"] ??
    git(root, "merge-base", "HEAD", "origin/main") ??
    git(root, "rev-parse", "HEAD^");
  if (commit === undefined || git(root, "cat-file", "-e", `${commit}:${path}`) === undefined)
    return undefined;
  return commit;
}

/** What git answers; `undefined` where it has no such commit. The commit we are on is not an earlier one. */
function git(root: string, ...args: string[]): string | undefined {
  try {
    const run = (...words: string[]) =>
      execFileSync("git", words, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    const answer = run(...args);
    return args[0] !== "cat-file" && answer === run("rev-parse", "HEAD") ? undefined : answer;
  } catch {
    return undefined;
  }
}
