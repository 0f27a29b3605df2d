import { randomUUID } from "node:crypto";

/**
 * A uuid v7 (RFC 9562 section 5.7) in lower case: ids sort by the time at which they were made.
 *
 * Node keeps random bytes in store for `randomUUID`, which has its bits where this one has them too. To ask for random
 * bytes of one's own takes twenty times as long.
 */
export function uuidV7(at: Date = new Date()): string {
  const time = at.getTime().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
