import { ConfigError } from "@todo/kit/config";
import type { AnyKysely } from "@todo/kit/database";
import { linkHash, type StoredEntry } from "#src/chain.ts";
import type { Fact } from "#src/fact.ts";
import { entriesRecorded } from "#src/metrics.ts";
import { appendLink, beginChain, destroyKey, type LockedChain, lockChain } from "#src/queries.ts";
import type { Vault } from "#src/vault.ts";

/** Writes the log. Both work within the caller's transaction and lock the user's chain until its end. */
export interface Recorder {
  /** Gives a fact the next place in its user's chain. A fact that has one keeps it. */
  record(tx: AnyKysely, fact: Fact): Promise<void>;
  /** Destroys a user's key: no value recorded before can be read again, and none recorded later will be kept. */
  erase(tx: AnyKysely, userId: string): Promise<void>;
}

/** The owner of the facts whose user is not known. */
export const nobody = "00000000-0000-0000-0000-000000000000";

export function createRecorder(deps: { vault: Vault; now: () => Date }): Recorder {
  const { vault, now } = deps;
  return {
    async record(tx, fact) {
      const userId = ownerOf(fact.userId);
      const { head, wrappedKey } = await openChain(tx, userId, deps);
      const number = head.number + 1n;
      const key = wrappedKey && vault.unwrap(wrappedKey, userId);
      const sealed = key?.seal(Buffer.from(JSON.stringify(fact.data)), placeOf({ userId, number }));
      const { eventId, type, source, subject, time, traceId, fields } = fact;
      const content = { eventId, type, source, subject, time, traceId, fields };
      const entry = { ...content, userId, number, recordTime: now(), sealed: sealed ?? new Uint8Array() };
      const added = await appendLink(tx, { ...entry, hash: linkHash(head.hash, entry) });
      if (added) entriesRecorded.add(1, { type });
    },
    async erase(tx, userId) {
      await openChain(tx, ownerOf(userId), deps);
      await destroyKey(tx, ownerOf(userId), now());
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
