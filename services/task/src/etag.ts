import { etagInvalid } from "./errors.ts";

const format = 1;
const length = 11;

/** The version of a task as its callers see it: opaque, and good for that task alone. */
export function etagOf(task: { id: string; version: number }): string {
  const bytes = Buffer.allocUnsafe(length);
  bytes[0] = format;
  bytes.write(tailOf(task.id), 1, "hex");
  bytes.writeUInt32BE(task.version, 7);
  return bytes.toString("base64url");
}

/** The version that an etag of the task stands for; `undefined` if it is empty. Throws ETAG_INVALID. */
export function versionOf(etag: string, taskId: string): number | undefined {
  if (etag === "") return undefined;
  const bytes = Buffer.from(etag, "base64url");
  const genuine =
    bytes.length === length &&
    bytes[0] === format &&
    bytes.toString("base64url") === etag &&
    bytes.toString("hex", 1, 7) === tailOf(taskId);
  if (!genuine) throw etagInvalid();
  return bytes.readUInt32BE(7);
}

/** The last 48 bits of a uuid v7 are random, so they tell tasks apart as well as a hash of the whole would. */
function tailOf(taskId: string): string {
  return taskId.slice(-12).toLowerCase();
}
