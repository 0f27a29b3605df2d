import { execFile } from "node:child_process";
import { join } from "node:path";
import { repository } from "@todo/local/repository";

/** What `npm run events` printed, and how it ended. */
export interface CommandOutcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `npm run events -- <args>` against the system on a data folder. */
export function eventsCommand(folder: string, ...args: string[]): Promise<CommandOutcome> {
  const file = join(repository, "deploy/local/src/cli/events.ts");
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [file, ...args, "--data", folder],
      { timeout: 120_000, maxBuffer: 2 ** 26 },
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, out, err });
      },
    );
  });
}

/** The same, as a program would read it. */
export async function eventsJson<T>(folder: string, ...args: string[]): Promise<T> {
  const { code, out, err } = await eventsCommand(folder, ...args, "--json");
  if (code !== 0) throw new Error(`npm run events -- ${args.join(" ")} ended with ${code}: ${err}`);
  return JSON.parse(out) as T;
}
