import {
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from "@bufbuild/protobuf";
import type { DomainEvent, IncomingRecord } from "./event.ts";
import { validator } from "./validator.ts";

/** The attributes of an event that is about to be recorded. */
export interface EventAttributes {
  id: string;
  /** The app that records it. */
  source: string;
  subject: string;
  time: Date;
  /** Empty: unknown. */
  userId: string;
  /** The place within its stream. */
  sequence: bigint;
  traceparent: string | undefined;
}

/** Not a CloudEvent that this version can read. Nothing of the record is in the text. */
export class UnreadableEventError extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(why, options);
    this.name = "UnreadableEventError";
  }
}

export const cloudEventsContentType = "application/cloudevents+json";

/**
 * The structured CloudEvent 1.0 of a message and the record headers that go with it.
 *
 * `datacontenttype` is what makes daprd hand the data on. The `ce_` headers repeat what tools ask for first (Kafka
 * binding 3.3.3 allows it), so that they need not parse. A tombstone has headers only.
 *
 * @throws ValidationError if the message breaks its own rules: a fault of the producer.
 */
export function encodeCloudEvent(
  desc: DescMessage,
  message: Message | null,
  e: EventAttributes,
): { value: Buffer | null; headers: Record<string, string> } {
  const source = `/services/${e.source}`;
  const time = e.time.toISOString();
  const headers = {
    ce_id: e.id,
    ce_type: desc.typeName,
    ce_source: source,
    ce_subject: e.subject,
    ce_time: time,
    // By it the relay gives every user a share.
    ...(e.userId === "" ? {} : { ce_userid: e.userId }),
  };
  if (message === null) return { value: null, headers };
  const checked = validator.validate(desc, message);
  if (checked.kind !== "valid") throw checked.error;
  const envelope: JsonObject = {
    specversion: "1.0",
    id: e.id,
    source,
    type: desc.typeName,
    subject: e.subject,
    time,
    datacontenttype: "application/json",
    dataschema: `urn:proto:${desc.typeName}`,
    ...(e.userId === "" ? {} : { userid: e.userId }),
    sequence: e.sequence.toString(),
    ...(e.traceparent === undefined ? {} : { traceparent: e.traceparent }),
    data: toJson(desc, message),
  };
  return {
    value: Buffer.from(JSON.stringify(envelope)),
    headers: { "content-type": cloudEventsContentType, ...headers },
  };
}

/** A CloudEvent whose data nobody has looked at yet. */
export interface CloudEvent {
  attributes: Record<string, string>;
  data: JsonValue;
  original: Uint8Array;
}

/**
 * Reads a record's envelope.
 *
 * @throws UnreadableEventError if it is no structured CloudEvent 1.0 with JSON in it.
 */
export function parseCloudEvent(value: Uint8Array | null): CloudEvent {
  if (value === null) throw new UnreadableEventError("the record has no value");
  const envelope = parseObject(value);
  const attributes: Record<string, string> = {};
  for (const [name, attribute] of Object.entries(envelope)) {
    if (name !== "data" && typeof attribute === "string") attributes[name] = attribute;
  }
  for (const name of ["id", "source", "type"]) {
    if (!attributes[name]) throw new UnreadableEventError(`the envelope has no ${name}`);
  }
  if (attributes["specversion"] !== "1.0")
    throw new UnreadableEventError("the envelope is no CloudEvent 1.0");
  return { attributes, data: envelope["data"] ?? null, original: value };
}

function parseObject(value: Uint8Array): JsonObject {
  let json: JsonValue;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
  } catch (cause) {
    throw new UnreadableEventError("the record is not JSON", { cause });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new UnreadableEventError("the record is not a JSON object");
  }
  return json;
}

/**
 * The event of a record whose envelope was read. Unknown fields are let be: a producer may be newer. What the envelope
 * lacks (user, time) is taken from the message, whose events all name them alike.
 *
 * @throws UnreadableEventError if the type is unknown, or the data is not its ProtoJSON or breaks its rules.
 */
export function decodeEvent(event: CloudEvent, record: IncomingRecord, registry: Registry): DomainEvent {
  const { id = "", type = "", source = "", traceparent } = event.attributes;
  const desc = registry.getMessage(type);
  if (desc === undefined) throw new UnreadableEventError(`no event is called ${type.slice(0, 200)}`);
  const data = decodeData(desc, event.data);
  const context = contextOf(event.data);
  return {
    id,
    type,
    source,
    subject: event.attributes["subject"] ?? record.key,
    time: readTime(event.attributes["time"] ?? context.time),
    userId: event.attributes["userid"] ?? context.userId ?? "",
    key: record.key,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    ...(traceparent === undefined ? {} : { traceparent }),
    data,
    dataJson: event.data,
    original: event.original,
  };
}

function decodeData(desc: DescMessage, json: JsonValue): Message {
  let message: Message;
  try {
    message = fromJson(desc, json, { ignoreUnknownFields: true });
  } catch (cause) {
    throw new UnreadableEventError(`the data is no ${desc.typeName}`, { cause });
  }
  const checked = validator.validate(desc, message);
  if (checked.kind === "valid") return message;
  throw new UnreadableEventError(`the data breaks the rules of ${desc.typeName}`, { cause: checked.error });
}

/** Every event says whose it is and when it happened, either in its `context` or in fields of its own. */
function contextOf(data: JsonValue): { userId?: string; time?: string } {
  const [outer, inner] = [asObject(data), asObject(asObject(data)["context"])];
  const text = (name: string) => [inner[name], outer[name]].find((found) => typeof found === "string");
  const [userId, time] = [text("userId"), text("time")];
  return { ...(userId === undefined ? {} : { userId }), ...(time === undefined ? {} : { time }) };
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function readTime(text: string | undefined): Date {
  const time = new Date(text ?? Number.NaN);
  if (Number.isNaN(time.getTime())) throw new UnreadableEventError("the event has no time");
  return time;
}
