import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type Entry, EntrySchema } from "@todo/proto/todo/audit/v1/entry";
import type { Link } from "#src/chain.ts";
import { placeOf } from "#src/recorder.ts";
import type { DataKey } from "#src/vault.ts";

/** An entry as its user sees it. Its data is empty if the key is gone or the stored value was changed. */
export function entryOf(link: Link, key: DataKey | undefined): Entry {
  const { number, eventId, type, source, subject, traceId, fields, hash } = link;
  return create(EntrySchema, {
    number,
    eventId,
    type,
    source,
    subject,
    traceId,
    fields: [...fields],
    time: timestampFromDate(link.time),
    recordTime: timestampFromDate(link.recordTime),
    dataJson: dataOf(link, key),
    hash: Uint8Array.from(hash),
  });
}

function dataOf(link: Link, key: DataKey | undefined): string {
  if (key === undefined || link.sealed.length === 0) return "";
  try {
    return Buffer.from(key.open(link.sealed, placeOf(link))).toString("utf8");
  } catch {
    // A changed value must not hide the rest of the page. VerifyChain tells which entry it is.
    return "";
  }
}
