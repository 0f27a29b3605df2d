import { createHash } from "node:crypto";

/** What the chain covers of an entry, exactly as it is stored: values only in their encrypted form. */
export interface StoredEntry {
  userId: string;
  number: bigint;
  eventId: string;
  type: string;
  source: string;
  subject: string;
  time: Date;
  recordTime: Date;
  traceId: string;
  fields: readonly string[];
  sealed: Uint8Array;
}

/** A stored entry with the hash that ties it to the one before. */
export interface Link extends StoredEntry {
  hash: Uint8Array;
}

/** How far a chain has grown: the number and the hash of its newest entry. */
export interface Head {
  number: bigint;
  hash: Uint8Array;
}

/** Where every chain begins: no entry, 32 zero bytes. */
export const genesis: Head = { number: 0n, hash: new Uint8Array(32) };

/**
 * SHA-256 over the hash of the entry before and the canonical form of this one.
 *
 * The canonical form, version 1, is the text `todo.audit.entry.v1` followed by user id, number, event id, type,
 * source, subject, time, record time, trace id, the count of field names, each field name, and the sealed values, in
 * this order. Each part stands behind its length in bytes as a 32-bit big-endian number, so that no two entries share
 * a form. Text is UTF-8; number and count are 64-bit big-endian, times the same in milliseconds since 1970.
 */
export function linkHash(previous: Uint8Array, entry: StoredEntry): Uint8Array {
  const hash = createHash("sha256").update(previous);
  for (const part of canonicalParts(entry)) hash.update(length(part)).update(part);
  return hash.digest();
}

function canonicalParts(entry: StoredEntry): Uint8Array[] {
  const milliseconds = (time: Date) => integer(BigInt(time.getTime()));
  return [
    text("todo.audit.entry.v1"),
    text(entry.userId),
    integer(entry.number),
    text(entry.eventId),
    text(entry.type),
    text(entry.source),
    text(entry.subject),
    milliseconds(entry.time),
    milliseconds(entry.recordTime),
    text(entry.traceId),
    integer(BigInt(entry.fields.length)),
    ...entry.fields.map(text),
    entry.sealed,
  ];
}

function text(value: string): Uint8Array {
  return Buffer.from(value, "utf8");
}

function integer(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function length(part: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(part.length);
  return bytes;
}

/** What a walk over a whole chain found. */
export interface Verdict {
  /** Whether every hash is right, no number is missing and the last entry is the head's. */
  intact: boolean;
  /** How many entries were seen. */
  count: bigint;
  /** The number of the first entry that is wrong or missing; 0: none. */
  firstBroken: bigint;
}

/** How far a walk has come. */
export interface WalkState {
  /** The entry that was looked at last. */
  last: Head;
  count: bigint;
  firstBroken: bigint;
}

/** Checks a chain entry by entry, in the order of their numbers, without keeping them. */
export class ChainWalk {
  #last: Head;
  #count: bigint;
  #firstBroken: bigint;

  constructor(state: WalkState = { last: genesis, count: 0n, firstBroken: 0n }) {
    this.#last = state.last;
    this.#count = state.count;
    this.#firstBroken = state.firstBroken;
  }

  get state(): WalkState {
    return { last: this.#last, count: this.#count, firstBroken: this.#firstBroken };
  }

  /** Checks that the entry at which the walk stands is still the one that it saw. */
  resume(entry: Link | undefined): void {
    const { number, hash } = this.#last;
    if (entry?.number !== number || !equal(entry.hash, hash)) this.#breakAt(number);
  }

  accept(entry: Link): void {
    this.#count += 1n;
    const expected = this.#last.number + 1n;
    const right = entry.number === expected && equal(entry.hash, linkHash(this.#last.hash, entry));
    if (!right) this.#breakAt(entry.number < expected ? entry.number : expected);
    this.#last = { number: entry.number, hash: entry.hash };
  }

  finish(head: Head): Verdict {
    const last = this.#last;
    if (last.number < head.number) this.#breakAt(last.number + 1n);
    else if (last.number > head.number) this.#breakAt(head.number + 1n);
    else if (!equal(last.hash, head.hash)) this.#breakAt(last.number || 1n);
    return this.verdict();
  }

  /** What was found so far. */
  verdict(): Verdict {
    return { intact: this.#firstBroken === 0n, count: this.#count, firstBroken: this.#firstBroken };
  }

  #breakAt(number: bigint): void {
    if (this.#firstBroken === 0n || number < this.#firstBroken) this.#firstBroken = number;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
