import { createHash } from "node:crypto";
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { AnyKysely } from "./database.ts";
import type { DomainEvent, IncomingRecord, RawRecord } from "./event.ts";
import { advance } from "./inbox.ts";

/** What a subscriber does with a kind of event. Made by {@link once}, {@link onceAny}, {@link latest}, {@link onceRaw}. */
export type EventHandler = OnceHandler | LatestHandler | RawHandler;

interface OnceHandler {
  kind: "once";
  /** `undefined`: every type of the catalogue. */
  type: string | undefined;
  run(event: DomainEvent, tx: AnyKysely): Promise<void>;
}

interface LatestHandler {
  kind: "latest";
  type: string;
  run(event: DomainEvent, tx: AnyKysely, consumer: string): Promise<void>;
}

interface RawHandler {
  kind: "raw";
  run(record: RawRecord, tx: AnyKysely): Promise<void>;
}

/**
 * An effect that happens once per event, however often it is delivered (R064): the inbox row and the effect are one
 * transaction, so neither is ever there without the other. An event is never skipped for being old.
 *
 * An effect outside the database belongs into a row that somebody else works off.
 */
export function once<S extends DescMessage>(
  schema: S,
  effect: (event: DomainEvent<MessageShape<S>>, tx: AnyKysely) => Promise<void>,
): EventHandler {
  return {
    kind: "once",
    type: schema.typeName,
    run: (event, tx) => effect(event as DomainEvent<MessageShape<S>>, tx),
  };
}

/** {@link once} for every type of the catalogue. A type it does not know is dropped, and so becomes a dead letter. */
export function onceAny(effect: (event: DomainEvent, tx: AnyKysely) => Promise<void>): EventHandler {
  return { kind: "once", type: undefined, run: effect };
}

/**
 * A projection that follows the newest version of a thing: an event whose version is not above the last one is ignored.
 * Versions of one id are compared across all `latest` handlers of a topic.
 */
export function latest<S extends DescMessage>(
  schema: S,
  version: (event: DomainEvent<MessageShape<S>>) => { id: string; version: bigint },
  project: (event: DomainEvent<MessageShape<S>>, tx: AnyKysely) => Promise<void>,
): EventHandler {
  return {
    kind: "latest",
    type: schema.typeName,
    async run(any, tx, consumer) {
      const event = any as DomainEvent<MessageShape<S>>;
      const at = version(event);
      if (await advance(tx, `${consumer}/${event.topic}`, at.id, at.version)) await project(event, tx);
    },
  };
}

/** {@link once} for records nobody can be expected to read: those of the sidecars' dead letter topics. */
export function onceRaw(effect: (record: RawRecord, tx: AnyKysely) => Promise<void>): EventHandler {
  return { kind: "raw", run: effect };
}

function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD");
}

/**
 * A record with an id of its own making. The sidecar overrides `__topic`, `__partition` and `__offset` of a dead letter
 * with those of its origin. Its key must do for parking, and Postgres keeps no text with a zero byte.
 */
export function rawRecord(record: IncomingRecord): RawRecord {
  const { __topic: topic, __partition: partition, __offset: offset } = record.headers;
  const origin = {
    topic: topic ?? record.topic,
    partition: Number(partition ?? record.partition),
    offset: offset !== undefined && /^\d+$/.test(offset) ? BigInt(offset) : record.offset,
  };
  const hash = createHash("sha256")
    .update(JSON.stringify([record.topic, record.key, origin.topic, origin.partition, `${origin.offset}`]))
    .update(record.value ?? "");
  const key = storable(record.key).slice(0, 1_000);
  return { ...record, key, id: `raw-${hash.digest("hex")}`, origin };
}
