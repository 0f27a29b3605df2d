import {
  closeSync,
  createReadStream,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";

/** How much of a log is kept: the file that is written, and older ones behind it, `<file>.1` being the newest of them. */
export interface LogBounds {
  readonly bytes: number;
  readonly older: number;
}

export const logBounds: LogBounds = { bytes: 16 * 1024 * 1024, older: 3 };

/** The bounds that the launcher's environment sets: LOG_FILE_BYTES and LOG_FILES_KEPT. */
export function logBoundsIn(env: Readonly<Record<string, string | undefined>>): LogBounds {
  return {
    bytes: wholeNumber(env, "LOG_FILE_BYTES", logBounds.bytes, 4_096),
    older: wholeNumber(env, "LOG_FILES_KEPT", logBounds.older, 1),
  };
}

function wholeNumber(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  by: number,
  min: number,
) {
  const text = env[name];
  if (text === undefined || text === "") return by;
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= min) return number;
  throw new Error(`${name} is ${text}: it must be a whole number from ${min} on`);
}

/**
 * A log that one process writes to through the launcher, and that makes room while it grows. A line is never cut in two by
 * that, nor lost. Where the disk takes nothing more, what comes is dropped until it does, and the log says how much: whoever
 * writes never waits for it, and never hears of it.
 */
export class LogFile implements Disposable {
  readonly #file: string;
  readonly #bounds: LogBounds;
  #fd: number | undefined;
  #size = 0;
  #dropped = 0;

  constructor(file: string, bounds: LogBounds = logBounds) {
    this.#file = file;
    this.#bounds = bounds;
    this.#attempt(() => this.#open());
  }

  write(chunk: Buffer): void {
    if (!this.#attempt(() => this.#append(chunk))) this.#dropped += chunk.length;
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) this.#attempt(() => closeSync(this.#fd as number));
    this.#fd = undefined;
  }

  #append(chunk: Buffer): void {
    if (this.#fd === undefined) this.#open();
    if (this.#dropped > 0) this.#sayDropped();
    const over = this.#size + chunk.length > this.#bounds.bytes;
    const end = over ? chunk.indexOf(10) + 1 : chunk.length;
    // Without an end of a line there is nowhere to cut yet.
    if (over && end > 0) {
      this.#put(chunk.subarray(0, end));
      this.#rotate();
      const rest = chunk.subarray(end);
      if (rest.length > 0) this.#append(rest);
    } else this.#put(chunk);
  }

  #put(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd as number, bytes, done);
    this.#size += bytes.length;
  }

  #sayDropped(): void {
    this.#put(Buffer.from(`\n${this.#dropped} bytes of log were dropped: the disk took nothing more\n`));
    this.#dropped = 0;
  }

  #rotate(): void {
    closeSync(this.#fd as number);
    this.#fd = undefined;
    const { older } = this.#bounds;
    rmSync(`${this.#file}.${older}`, { force: true });
    for (let n = older; n > 1; n--) move(`${this.#file}.${n - 1}`, `${this.#file}.${n}`);
    move(this.#file, `${this.#file}.1`);
    this.#open();
  }

  #open(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    this.#fd = openSync(this.#file, "a", 0o600);
    this.#size = fstatSync(this.#fd).size;
  }

  #attempt(step: () => void): boolean {
    try {
      step();
      return true;
    } catch {
      return false;
    }
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
/** The last line of a log that says something, shortened to fit into a message. */
export async function lastLine(file: string, maxLength = 300): Promise<string> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size === 0) return "";
  let tail = "";
  for await (const chunk of createReadStream(file, { start: Math.max(0, size - 8192), encoding: "utf8" }))
    tail += chunk;
  const lines = tail.split("\n").filter((line) => !noise.test(line));
  return readable(lines.at(-1) ?? "").slice(0, maxLength);
}

/** What follows the message when Node ends on an error: its stack, its fields, the version; and empty lines. */
const noise = /^(\s|\}|Node\.js v|$)/;

/** The message of a JSON log record, or the line itself. */
function readable(line: string): string {
  try {
    const record: Record<string, unknown> = JSON.parse(line);
    const message = record["msg"] ?? record["message"];
    return typeof message === "string" ? message : line;
  } catch {
    return line;
  }
}
