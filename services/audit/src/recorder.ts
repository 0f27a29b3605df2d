import { ConfigError } from "@todo/kit/config";
import type { AnyKysely } from "@todo/kit/database";
import { linkHash, type StoredEntry } from "#src/chain.ts";
import { type Fact, factOfHeld, refusalIn } from "#src/fact.ts";
import { entriesRecorded } from "#src/metrics.ts";
import { appendLink, beginChain, destroyKey, type LockedChain, lockChain } from "#src/queries.ts";
import { countRefusals, forgetMinutesOf, hasRoom, markCounted, takeHeld } from "#src/refusal-minutes.ts";
import type { Vault } from "#src/vault.ts";

/** Writes the log. Both work within the caller's transaction and lock the user's chain until its end. */
export interface Recorder {
  /**
   * Gives a fact the next place in its user's chain. A fact that has one keeps it.
   *
   * Of refusals of one cause ten a minute get one; {@link tellHeld} counts the others in one entry.
   */
  record(tx: AnyKysely, fact: Fact): Promise<void>;
  /** Gives a user's refusals that have waited long enough the entries that count them. */
  tellHeld(tx: AnyKysely, userId: string): Promise<void>;
  /** Destroys a user's key: no value recorded before can be read again, and none recorded later will be kept. */
  erase(tx: AnyKysely, userId: string): Promise<void>;
}

/** The owner of the facts whose user is not known. */
export const nobody = "00000000-0000-0000-0000-000000000000";

export function createRecorder(deps: { vault: Vault; now: () => Date }): Recorder {
  const { vault, now } = deps;

  /** The chain must be locked. */
  const append = async (
    tx: AnyKysely,
    userId: string,
    chain: LockedChain,
    fact: Fact,
  ): Promise<LockedChain> => {
    const { head, wrappedKey } = chain;
    const number = head.number + 1n;
    const key = wrappedKey && vault.unwrap(wrappedKey, userId);
    const sealed = key?.seal(Buffer.from(JSON.stringify(fact.data)), placeOf({ userId, number }));
    const { eventId, type, source, subject, time, traceId, fields } = fact;
    const content = { eventId, type, source, subject, time, traceId, fields };
    const entry = { ...content, userId, number, recordTime: now(), sealed: sealed ?? new Uint8Array() };
    const hash = linkHash(head.hash, entry);
    if (!(await appendLink(tx, { ...entry, hash }))) return chain;
    entriesRecorded.add(1, { type });
    return { ...chain, head: { number, hash } };
  };

  return {
    async record(tx, fact) {
      const userId = ownerOf(fact.userId);
      const chain = await openChain(tx, userId, deps);
      const refused = refusalIn(fact);
      if (refused === undefined) return void (await append(tx, userId, chain, fact));
      const cause = { userId, type: fact.type, reason: refused.reason, method: refused.method };
      const { time } = fact;
      const single = refused.count <= 1;
      if (!single || !(await hasRoom(tx, cause, time))) {
        const held = Math.max(1, refused.count);
        await markCounted(tx, fact.eventId);
        return countRefusals(tx, cause, {
          time,
          until: refused.until ?? time,
          recorded: 0,
          held,
          now: now(),
        });
      }
      const next = await append(tx, userId, chain, fact);
      if (next !== chain)
        await countRefusals(tx, cause, { time, until: time, recorded: 1, held: 0, now: now() });
    },
    async tellHeld(tx, userId) {
      let chain = await openChain(tx, userId, deps);
      for (const held of await takeHeld(tx, userId, now()))
        chain = await append(tx, userId, chain, factOfHeld(held));
    },
    async erase(tx, userId) {
      await openChain(tx, ownerOf(userId), deps);
      await destroyKey(tx, ownerOf(userId), now());
      await forgetMinutesOf(tx, ownerOf(userId));
    },
  };
}

/** Makes sure that the master key is the one with which this database was begun. Throws a ConfigError if not. */
export async function proveMasterKey(
  database: AnyKysely,
  deps: { vault: Vault; now: () => Date },
): Promise<void> {
  const { wrappedKey } = await database.transaction().execute((tx) => openChain(tx, nobody, deps));
  try {
    deps.vault.unwrap(wrappedKey ?? new Uint8Array(), nobody);
  } catch {
    throw new ConfigError(["AUDIT_MASTER_KEY is not the key with which this database was begun"]);
  }
}

/** What binds a sealed value to its entry. */
export function placeOf(entry: Pick<StoredEntry, "userId" | "number">): string {
  return `${entry.userId}/${entry.number}`;
}

async function openChain(
  tx: AnyKysely,
  userId: string,
  deps: { vault: Vault; now: () => Date },
): Promise<LockedChain> {
  const existing = await lockChain(tx, userId);
  if (existing !== undefined) return existing;
  await beginChain(tx, userId, deps.vault.create(userId), deps.now());
  const begun = await lockChain(tx, userId);
  if (begun === undefined) throw new Error("a chain that was just made is not there");
  return begun;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function ownerOf(userId: string): string {
  const id = userId.toLowerCase();
  return uuid.test(id) ? id : nobody;
}
