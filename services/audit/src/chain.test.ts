import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChainWalk, genesis, type Head, type Link, linkHash, type StoredEntry } from "#src/chain.ts";

const words = fc.string({ unit: "grapheme", maxLength: 12 });
const moments = fc.date({ noInvalidDate: true });
const facts = fc.record({
  userId: fc.uuid(),
  eventId: fc.uuid(),
  type: words,
  source: words,
  subject: words,
  time: moments,
  recordTime: moments,
  traceId: words,
  fields: fc.array(words, { maxLength: 4 }),
  sealed: fc.uint8Array({ maxLength: 40 }),
});
const logs = fc.array(facts, { minLength: 2, maxLength: 8 });

function chainOf(entries: readonly Omit<StoredEntry, "number">[]): { links: Link[]; head: Head } {
  let head = genesis;
  const links = entries.map((entry) => {
    const numbered = { ...entry, number: head.number + 1n };
    head = { number: numbered.number, hash: linkHash(head.hash, numbered) };
    return { ...numbered, hash: head.hash };
  });
  return { links, head };
}

function verify(links: readonly Link[], head: Head) {
  const walk = new ChainWalk();
  for (const link of links) walk.accept(link);
  return walk.finish(head);
}

const changes: { [K in keyof StoredEntry]: (entry: StoredEntry) => StoredEntry[K] } = {
  userId: (entry) => `${entry.userId}0`,
  number: (entry) => entry.number + 1n,
  eventId: (entry) => entry.eventId.slice(1),
  type: (entry) => `${entry.type}!`,
  source: (entry) => `${entry.source}\0`,
  subject: (entry) => ` ${entry.subject}`,
  time: (entry) => new Date(entry.time.getTime() ^ 1),
  recordTime: (entry) => new Date(entry.recordTime.getTime() ^ 1),
  traceId: (entry) => `0${entry.traceId}`,
  fields: (entry) => [...entry.fields, ""],
  sealed: (entry) => Uint8Array.of(...entry.sealed, 0),
};

describe("linkHash", () => {
  it("is SHA-256 over the hash before and the documented form", () => {
    const part = (bytes: Uint8Array) => {
      const size = Buffer.alloc(4);
      size.writeUInt32BE(bytes.length);
      return Buffer.concat([size, bytes]);
    };
    const text = (value: string) => part(Buffer.from(value));
    const integer = (hex: string) => part(Buffer.from(hex.padStart(16, "0"), "hex"));
    const entry: StoredEntry = {
      userId: "u",
      number: 258n,
      eventId: "e",
      type: "t",
      source: "s",
      subject: "ü",
      time: new Date(1),
      recordTime: new Date(256),
      traceId: "",
      fields: ["a", "b"],
      sealed: Uint8Array.of(9, 8),
    };
    const previous = randomBytes(32);
    const form = [text("todo.audit.entry.v1"), text("u"), integer("102"), text("e"), text("t"), text("s")];
    form.push(text("ü"), integer("01"), integer("0100"), text(""), integer("02"), text("a"), text("b"));
    form.push(part(Buffer.of(9, 8)));
    const want = createHash("sha256")
      .update(Buffer.concat([previous, ...form]))
      .digest();
    expect(Buffer.from(linkHash(previous, entry))).toEqual(want);
  });

  it("tells two entries apart whose texts only join to the same text", () => {
    fc.assert(
      fc.property(facts, words, words, (fact, left, right) => {
        const whole = linkHash(genesis.hash, { ...fact, number: 1n, type: left + right, source: "" });
        const split = linkHash(genesis.hash, { ...fact, number: 1n, type: left, source: right });
        expect(Buffer.compare(whole, split) === 0).toBe(right === "");
      }),
    );
  });
});

describe("a walk over a chain", () => {
  it("finds an untouched chain intact, an empty one too", () => {
    expect(verify([], genesis)).toEqual({ intact: true, count: 0n, firstBroken: 0n });
    fc.assert(
      fc.property(logs, (log) => {
        const { links, head } = chainOf(log);
        expect(verify(links, head)).toEqual({ intact: true, count: BigInt(log.length), firstBroken: 0n });
      }),
    );
  });

  it.each(Object.keys(changes) as (keyof StoredEntry)[])("finds a changed %s at its place", (field) => {
    fc.assert(
      fc.property(logs, fc.nat(), (log, pick) => {
        const { links, head } = chainOf(log);
        const at = pick % links.length;
        const tampered = links.map((link, i) =>
          i === at ? { ...link, [field]: changes[field](link) } : link,
        );
        expect(verify(tampered, head)).toMatchObject({ intact: false, firstBroken: BigInt(at + 1) });
      }),
    );
  });

  it("finds a changed entry although its own hash was computed anew", () => {
    fc.assert(
      fc.property(logs, fc.nat(), (log, pick) => {
        const { links, head } = chainOf(log);
        const at = pick % links.length;
        const tampered = links.map((link, i) => {
          if (i !== at) return link;
          const changed = { ...link, type: `${link.type}!` };
          return { ...changed, hash: linkHash(links[at - 1]?.hash ?? genesis.hash, changed) };
        });
        expect(verify(tampered, head).intact).toBe(false);
      }),
    );
  });

  it("finds a removed entry at its place, the newest one too", () => {
    fc.assert(
      fc.property(logs, fc.nat(), (log, pick) => {
        const { links, head } = chainOf(log);
        const at = pick % links.length;
        const verdict = verify(links.toSpliced(at, 1), head);
        expect(verdict).toMatchObject({ intact: false, firstBroken: BigInt(at + 1) });
      }),
    );
  });

  it("finds a removed entry although the later ones were numbered anew", () => {
    fc.assert(
      fc.property(logs, fc.nat(), (log, pick) => {
        const { links, head } = chainOf(log);
        const rest = links.toSpliced(pick % links.length, 1);
        const renumbered = rest.map((link, i) => ({ ...link, number: BigInt(i + 1) }));
        expect(verify(renumbered, { ...head, number: head.number - 1n }).intact).toBe(false);
      }),
    );
  });

  it("finds a truncated tail", () => {
    fc.assert(
      fc.property(logs, fc.nat(), (log, pick) => {
        const { links, head } = chainOf(log);
        const kept = pick % links.length;
        const verdict = verify(links.slice(0, kept), head);
        expect(verdict).toMatchObject({ intact: false, count: BigInt(kept), firstBroken: BigInt(kept + 1) });
      }),
    );
  });

  it("finds two entries whose contents were swapped", () => {
    fc.assert(
      fc.property(logs, fc.nat(), fc.nat(), (log, first, second) => {
        const { links, head } = chainOf(log);
        const [a, b] = [first % links.length, second % links.length];
        fc.pre(a !== b);
        const swapped = links.map((link, i) => {
          const from = links[i === a ? b : i === b ? a : i] ?? link;
          return { ...from, number: link.number };
        });
        const firstBroken = BigInt(Math.min(a, b) + 1);
        expect(verify(swapped, head)).toMatchObject({ intact: false, firstBroken });
      }),
    );
  });

  it("finds an entry that was put in after the head", () => {
    const { links } = chainOf(fc.sample(logs, 1)[0] ?? []);
    const before = links.at(-2);
    expect(verify(links, before ?? genesis)).toMatchObject({
      intact: false,
      firstBroken: BigInt(links.length),
    });
  });
});
