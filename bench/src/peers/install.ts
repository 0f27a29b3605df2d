import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { repository } from "@todo/local/repository";
import { cached, cacheFolder } from "@todo/local/toolchain/cache";
import { command, which } from "@todo/local/toolchain/command";
import type { Bench } from "../bench.ts";

/** The app that is the peer, and its requirements. */
export const appFolder = join(repository, "bench/peers/fastapi");

/** A Python, and the folder with the packages of the peer. */
export interface Installed {
  python: string;
  version: string;
  packages: string;
}

/** This machine has no peer. The message says why, and nothing about the machine: it may stand on a page. */
export class NoPeerError extends Error {}

const least = { major: 3, minor: 11 };
const lookWithin = 20_000;
const installWithin = 5 * 60_000;
const versions = "import sys, pip; print('%d.%d' % sys.version_info[:2])";

/** Installs what the peer runs on, once per machine, from the package index that pip is set up for. */
export async function installPeer({ environment: env, signal, log }: Bench): Promise<Installed> {
  const { python, version } = await findPython(env, signal);
  const requirements = join(appFolder, "requirements.txt");
  const install = ["install", "--only-binary", ":all:", "--no-deps", "--no-input", "--quiet"];
  const packages = await cached(cacheFolder(env), {
    name: "fastapi-peer",
    parts: [await readFile(requirements, "utf8"), version],
    make: async (folder) => {
      const args = ["-m", "pip", ...install, "--target", join(folder, "packages"), "-r", requirements];
      await command(python, args, { cwd: folder, env, within: installWithin, signal });
    },
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    log.warn({ err: error }, "pip failed");
    throw new NoPeerError("pip could not install its packages", { cause: error });
  });
  return { python, version, packages: join(packages, "packages") };
}

async function findPython(env: Bench["environment"], signal: AbortSignal) {
  const wanted = `Python ${least.major}.${least.minor} or newer with pip is missing`;
  const python = await which("python3", env["PATH"]);
  if (python === undefined) throw new NoPeerError(wanted);
  const options = { cwd: appFolder, env, within: lookWithin, signal };
  const said = await command(python, ["-c", versions], options).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new NoPeerError(wanted, { cause: error });
  });
  const version = said.trim();
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major !== least.major || minor < least.minor) throw new NoPeerError(`${wanted}: python3 is ${version}`);
  return { python, version };
}
