import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";

const keptBytes = 16 * 1024 * 1024;

/** Opens a log for appending. One that grew large makes room first: it becomes `<file>.1`, replacing the one before. */
export async function openLog(file: string): Promise<FileHandle> {
  await mkdir(dirname(file), { recursive: true });
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > keptBytes) await rename(file, `${file}.1`);
  return open(file, "a", 0o600);
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
