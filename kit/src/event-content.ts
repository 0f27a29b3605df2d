import { createHash } from "node:crypto";
import { create, type JsonValue } from "@bufbuild/protobuf";
import { type EventContent, EventContentSchema } from "@todo/proto/todo/audit/v1/parked";
import { decodeEvent, parseCloudEvent, UnreadableEventError } from "./cloud-event.ts";
import type { IncomingRecord } from "./event.ts";
import { eventRegistry } from "./event-catalogue.ts";
import { redact } from "./redact.ts";

/** What an operator sees of a record: its JSON as a log would show it, and what tells its bytes from others. */
export function contentOf(record: IncomingRecord): EventContent {
  const { value } = record;
  const { userId, unreadable } = readingOf(record);
  const content = create(EventContentSchema, { userId: userId.slice(0, 64), unreadable });
  if (value === null) return content;
  content.size = BigInt(value.byteLength);
  content.sha256 = Uint8Array.from(createHash("sha256").update(value).digest());
  const json = jsonIn(value);
  if (json !== undefined) content.contentJson = JSON.stringify(redact(json));
  return content;
}

function readingOf(record: IncomingRecord): { userId: string; unreadable: string } {
  let userId = "";
  try {
    const parsed = parseCloudEvent(record.value);
    userId = parsed.attributes["userid"] ?? "";
    return { userId: decodeEvent(parsed, record, eventRegistry).userId, unreadable: "" };
  } catch (error) {
    if (!(error instanceof UnreadableEventError)) throw error;
    return { userId, unreadable: error.message.slice(0, 1024) };
  }
}

function jsonIn(value: Uint8Array): JsonValue | undefined {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
  } catch {
    // Bytes that are no text show nothing that a name could hide; their size and hash must do.
    return undefined;
  }
}
