import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { command } from "./command.ts";

const buildWithin = 30 * 60_000;

/**
 * Builds a program from a module folder of ours. Its go.sum vouches for every source; the result does not depend on
 * where it was built.
 */
export async function goBuild(o: {
  module: string;
  program: string;
  output: string;
  env: Readonly<Record<string, string | undefined>>;
  tags?: string;
  ldflags?: string;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const ldflags = ["-s", "-w", o.ldflags ?? ""].join(" ").trim();
  const args = ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", ldflags];
  if (o.tags !== undefined) args.push("-tags", o.tags);
  args.push("-o", o.output, o.program);
  await command("go", args, {
    cwd: o.module,
    env: goEnvironment(o.env),
    within: buildWithin,
    signal: o.signal,
  });
}

/** Puts go.mod and go.sum of a folder of ours into a work folder. */
export async function copyModule(from: string, to: string): Promise<void> {
  for (const file of ["go.mod", "go.sum"]) await copyFile(join(from, file), join(to, file));
}

/** Neither a workspace nor flags of the user's reach into the build. `auto` lets an older Go fetch the one go.mod asks for. */
export function goEnvironment(env: Readonly<Record<string, string | undefined>>) {
  return { ...env, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off", GOTOOLCHAIN: "auto" };
}
