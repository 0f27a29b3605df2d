/** Checks rules of the tree that neither the compiler nor the linter knows. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { exit } from "node:process";
import { fileURLToPath } from "node:url";
import { breaches } from "./layout/rules.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
  cwd: root,
  encoding: "utf8",
});

const files = listed
  .split("\0")
  .filter((path) => /\.(ts|mjs)$|^docs\/adr\//.test(path) && !path.startsWith("proto/gen/"))
  .flatMap((path) => {
    const text = read(path);
    return text === undefined ? [] : [{ path, text }];
  });

const found = breaches(files);
for (const line of found) console.error(line);
exit(found.length > 0 ? 1 : 0);

/** A file that was deleted but is still listed has no text. */
function read(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}
