import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A program ended with a failure; the message holds what it said last. */
export class CommandFailedError extends Error {}

/** Runs a program to its end and gives what it printed. */
export async function command(
  file: string,
  args: readonly string[],
  o: {
    cwd: string;
    env?: Readonly<Record<string, string | undefined>>;
    within: number;
    signal?: AbortSignal | undefined;
  },
): Promise<string> {
  try {
    const options = {
      cwd: o.cwd,
      timeout: o.within,
      maxBuffer: 64 * 1024 * 1024,
      ...(o.env && { env: o.env }),
      ...(o.signal && { signal: o.signal }),
    };
    return (await run(file, args, options)).stdout;
  } catch (error) {
    const said = error as { stderr?: string; stdout?: string; message?: string };
    const lines = (said.stderr || said.stdout || said.message || "").trim().split("\n");
    throw new CommandFailedError(`${file} ${args[0] ?? ""} failed: ${lines.slice(-5).join(" | ")}`, {
      cause: error,
    });
  }
}

/** Finds a program on a search path. */
export async function which(name: string, path: string | undefined): Promise<string | undefined> {
  for (const folder of (path ?? "").split(delimiter).filter((part) => part !== "")) {
    const file = join(folder, name);
    if (await executable(file)) return file;
  }
  return undefined;
}

export function executable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
