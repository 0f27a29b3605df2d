import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { startOf } from "./identity.ts";

/** What is written down about a process so that a later run can find it, and only it. */
export interface PidRecord {
  readonly name: string;
  readonly pid: number;
  readonly start: string;
  readonly stopSignal: NodeJS.Signals;
}

/** Writes down a running process; a process that is gone already leaves no file. */
export async function writePidFile(
  file: string,
  process: { name: string; pid: number; stopSignal?: NodeJS.Signals },
): Promise<void> {
  const start = await startOf(process.pid);
  if (start === undefined) return;
  await mkdir(dirname(file), { recursive: true });
  const record: PidRecord = { stopSignal: "SIGTERM", ...process, start };
  await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** The record of a process that still runs, or undefined: no file, a broken file, a dead process, a recycled pid. */
export async function readRunning(file: string): Promise<PidRecord | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  const record = text === undefined ? undefined : parse(text);
  if (record === undefined) return undefined;
  return (await startOf(record.pid)) === record.start ? record : undefined;
}

/** The records of a folder whose processes still run. */
export async function runningIn(folder: string): Promise<PidRecord[]> {
  const files = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    files.filter((file) => file.endsWith(".pid")).map((file) => readRunning(join(folder, basename(file)))),
  );
  return found.filter((record) => record !== undefined);
}

export async function removePidFile(file: string): Promise<void> {
  await rm(file, { force: true });
}

function parse(text: string): PidRecord | undefined {
  try {
    const value: Partial<PidRecord> = JSON.parse(text);
    const { name, pid, start, stopSignal = "SIGTERM" } = value;
    if (typeof name !== "string" || typeof start !== "string" || !Number.isSafeInteger(pid)) return undefined;
    return { name, pid: pid as number, start, stopSignal };
  } catch {
    return undefined;
  }
}
