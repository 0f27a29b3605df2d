import { chmod, cp, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { cached, type Report } from "./cache.ts";
import { command, executable, which } from "./command.ts";
import { copyModule, goBuild, goEnvironment } from "./go.ts";

export const daprVersion = "1.18.3";
const daprModule = `github.com/dapr/dapr@v${daprVersion}`;
// What the module must hash to (go.sum cannot say it: there the module is replaced by our copy).
const daprSum = "h1:iVTqJHRfJlUfiSyhJH4c1mJZ+4PH3cf/QwJcAJL2ROo=";

/** The components daprd is built with. All the others would pull in some 150 modules more. */
const components = [
  "bindings_cron",
  "bindings_http",
  "bindings_smtp",
  "middleware_http_bearer",
  "nameresolution_kubernetes",
  "nameresolution_mdns",
  "nameresolution_sqlite",
  "pubsub_kafka",
  "secretstores_kubernetes",
  "secretstores_local_env",
  "secretstores_local_file",
  "state_postgres",
  "zz_notag",
];

export interface DaprPrograms {
  readonly daprd: string;
  readonly sentry: string;
}

interface Place {
  readonly cache: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder with our go.mod and go.sum. */
  readonly module: string;
  readonly report: Report;
  /** Gives up a build. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * daprd and sentry: what DAPRD_PATH and SENTRY_PATH name, else a daprd of the right version on PATH or in ~/.dapr/bin
 * (a sentry does not say its version), else those of the cache, which are built if they are missing.
 */
export async function daprPrograms(place: Place): Promise<DaprPrograms> {
  const daprd = (await named(place, "DAPRD_PATH")) ?? (await foundDaprd(place));
  const sentry = await named(place, "SENTRY_PATH");
  if (daprd !== undefined && sentry !== undefined) return { daprd, sentry };
  const built = await build(place);
  return { daprd: daprd ?? join(built, "daprd"), sentry: sentry ?? join(built, "sentry") };
}

async function named(place: Place, variable: string): Promise<string | undefined> {
  const path = place.env[variable];
  if (path === undefined || path === "") return undefined;
  if (await executable(path)) return path;
  throw new Error(`${variable} names ${path}, which is no program`);
}

async function foundDaprd(place: Place): Promise<string | undefined> {
  for (const file of [await which("daprd", place.env["PATH"]), join(homedir(), ".dapr/bin/daprd")]) {
    if (file !== undefined && (await executable(file)) && (await versionOf(file)) === daprVersion)
      return file;
  }
  return undefined;
}

async function versionOf(file: string): Promise<string | undefined> {
  const printed = await command(file, ["--version"], { cwd: homedir(), within: 10_000 }).catch(
    () => undefined,
  );
  return printed?.trim();
}

async function build(place: Place): Promise<string> {
  const parts = await Promise.all(
    ["go.mod", "go.sum"].map((file) => readFile(join(place.module, file), "utf8")),
  );
  return cached(place.cache, {
    name: `dapr-${daprVersion}`,
    parts: [...parts, ...components],
    make: (folder) => make(place, folder),
  });
}

async function make(place: Place, folder: string): Promise<void> {
  const work = join(folder, "work");
  await mkdir(work);
  place.report(`Fetching the source of Dapr ${daprVersion}`);
  await copyModule(place.module, work);
  await copySource(place, join(work, "source"));
  const ldflags = `-X github.com/dapr/dapr/pkg/buildinfo.version=${daprVersion}`;
  for (const name of ["sentry", "daprd"]) {
    place.report(`Building ${name} ${daprVersion} (once per machine; up to some minutes)`);
    const program = `github.com/dapr/dapr/cmd/${name}`;
    const output = join(folder, name);
    await goBuild({
      module: work,
      program,
      output,
      env: place.env,
      signal: place.signal,
      tags: "allcomponents",
      ldflags,
    });
  }
  await rm(work, { recursive: true });
}

/** Copies the module, since Go refuses to overlay files beneath its own cache, and drops the components not wanted. */
async function copySource(place: Place, to: string): Promise<void> {
  const within = 10 * 60_000;
  const where = { cwd: join(to, ".."), env: goEnvironment(place.env), within, signal: place.signal };
  const answer = await command("go", ["mod", "download", "-json", daprModule], {
    ...where,
    cwd: place.cache,
  });
  const { Dir, Sum }: { Dir: string; Sum: string } = JSON.parse(answer);
  if (Sum !== daprSum) throw new Error(`the source of Dapr has the checksum ${Sum}, not ${daprSum}`);
  await cp(Dir, to, { recursive: true });
  await makeWritable(to);
  const folder = join(to, "cmd/daprd/components");
  for (const file of await readdir(folder)) {
    if (!components.includes(basename(file, ".go"))) await rm(join(folder, file), { recursive: true });
  }
}

/** The files of Go's module cache are read-only, and so are their copies. */
async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}
