import { execFileSync } from "node:child_process";
import { env } from "node:process";

/** A comparison with earlier commits that has none to compare with. */
export class NothingToCompareError extends Error {
  override readonly name = "NothingToCompareError";
}

/**
 * The commits with which this one has to get along, newest first: the last release (a tag `v*`), where this branch left
 * `origin/main`, and the commit before; or `BREAKING_AGAINST` alone, where it is set.
 *
 * @param root a folder of the repository
 * @param path what is compared, from the root of the repository
 * @throws NothingToCompareError if there is none that has the path: a gate that compares with nothing holds nothing
 */
export function earlierCommits(root: string, path: string, given = env["BREAKING_AGAINST"]): string[] {
  const git = gitIn(root);
  const release = git("describe", "--tags", "--match", "v*", "--abbrev=0", "HEAD^");
  const candidates = given
    ? [given]
    : [git("rev-parse", "HEAD^"), git("merge-base", "HEAD", "origin/main"), release];
  const [head, ...commits] = ["HEAD", ...candidates].map(
    (name) => name && git("rev-parse", `${name}^{commit}`),
  );
  const earlier = new Set(commits.filter((commit) => commit !== undefined && commit !== head));
  const found = [...earlier].filter((commit) => git("cat-file", "-e", `${commit}:${path}`) !== undefined);
  if (found.length > 0) return found.filter((commit) => commit !== undefined);
  throw new NothingToCompareError(
    `no earlier commit has ${path}: fetch the history (git fetch --unshallow --tags), or name one in BREAKING_AGAINST`,
  );
}

/** What git answers; `undefined` where it has no such thing. */
function gitIn(root: string) {
  return (...words: string[]): string | undefined => {
    try {
      const answer = execFileSync("git", words, {
        cwd: root,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      return answer.trim();
    } catch {
      return undefined;
    }
  };
}
