import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { env, execPath } from "node:process";

const require = createRequire(import.meta.url);

/** The folder of an installed package, also of one whose `exports` hide its package.json. */
export function packageFolder(name: string): string {
  const found = (require.resolve.paths(name) ?? [])
    .map((path) => join(path, name))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`package ${name} is not installed`);
  return found;
}

/**
 * Runs buf in a folder with this Node and the plugins of the workspace. Its complaints go to the terminal.
 *
 * @returns whether it had none
 */
export function buf(cwd: string, ...args: string[]): boolean {
  const bin = join(packageFolder("@bufbuild/buf"), "bin/buf");
  const plugins = join(packageFolder("@bufbuild/buf"), "../../.bin");
  const { status } = spawnSync(execPath, [bin, ...args], {
    cwd,
    stdio: "inherit",
    env: { ...env, PATH: [plugins, dirname(execPath), env["PATH"]].join(":") },
  });
  return status === 0;
}
