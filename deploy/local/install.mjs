/** Installs the packages of the lock file, unless that has been done. Plain JavaScript, for the Node that is there. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @param {string} root the folder of the repository
 * @param {(line: string) => void} report
 * @returns {string | undefined} what went wrong
 */
export function install(root, report) {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const wanted = `${lock} ${process.platform}-${process.arch}\n`;
  const stamp = join(root, "node_modules", ".todo-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return undefined;
  report("Installing packages");
  // Not `npm ci`: it refuses the lock file, which lacks those of the packages for single platforms that a registry did
  // not serve when the file was made. `npm install` takes the same versions and leaves the file alone.
  const run = spawnSync("npm", ["install", "--no-save", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === "win32",
  });
  if (run.status !== 0) return `npm install failed:\n${run.stderr || run.stdout || run.error?.message}`;
  writeFileSync(stamp, wanted);
  return undefined;
}
