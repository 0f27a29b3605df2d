import type { AnyKysely } from "@todo/kit/database";
import { genesis, type Head, type Link } from "#src/chain.ts";

/** A chain that is locked until the end of the transaction, so that its next number is the caller's. */
export interface LockedChain {
  head: Head;
  /** The user's key, wrapped. Not set: it was destroyed. */
  wrappedKey: Uint8Array | undefined;
}

interface ChainRow {
  number: string;
  hash: Buffer;
  wrapped: Buffer | null;
}

interface EntryRow {
  user_id: string;
  number: string;
  event_id: string;
  type: string;
  source: string;
  subject: string;
  event_time: Date;
  record_time: Date;
  trace_id: string;
  fields: string[];
  sealed: Buffer;
  hash: Buffer;
}

/** Shows the rows of one user, and of nobody else, to the rest of the transaction. */
export async function actAs(tx: AnyKysely, userId: string): Promise<void> {
  await tx
    .selectNoFrom((eb) =>
      eb.fn("set_config", [eb.val("app.user_id"), eb.val(userId), eb.val(true)]).as("set"),
    )
    .execute();
}

/** Reads as one user, in a transaction that cannot write. */
export function asUser<T>(
  database: AnyKysely,
  userId: string,
  read: (tx: AnyKysely) => Promise<T>,
): Promise<T> {
  const reading = database.transaction().setAccessMode("read only");
  return reading.execute(async (tx) => {
    await actAs(tx, userId);
    return read(tx);
  });
}

/** Makes a user's empty chain and key, unless they exist. */
export async function beginChain(tx: AnyKysely, userId: string, wrapped: Uint8Array, now: Date) {
  await tx
    .insertInto("chain_head")
    .values({ user_id: userId, number: "0", hash: genesis.hash })
    .onConflict((conflict) => conflict.column("user_id").doNothing())
    .execute();
  await tx
    .insertInto("user_key")
    .values({ user_id: userId, wrapped, create_time: now })
    .onConflict((conflict) => conflict.column("user_id").doNothing())
    .execute();
}

/**
 * Locks a user's chain, and shows the rows of that user, and of nobody else, to the rest of the transaction.
 *
 * The rows are read by a lateral join, and so after the user was set. The key's row is locked too: after a wait for an
 * erasure its row is then read anew, not from the old snapshot.
 */
export async function lockChain(tx: AnyKysely, userId: string): Promise<LockedChain | undefined> {
  const row: ChainRow | undefined = await tx
    .with(
      (cte) => cte("me").materialized(),
      (db) =>
        db.selectNoFrom((eb) =>
          eb
            .cast(eb.fn("set_config", [eb.val("app.user_id"), eb.val(userId), eb.val(true)]), "uuid")
            .as("user_id"),
        ),
    )
    .selectFrom("me")
    .crossJoinLateral((eb) =>
      eb
        .selectFrom("chain_head as head")
        .innerJoin("user_key as key", "key.user_id", "head.user_id")
        .select(["head.number", "head.hash", "key.wrapped"])
        .whereRef("head.user_id", "=", "me.user_id")
        .forUpdate()
        .as("locked"),
    )
    .select(["locked.number", "locked.hash", "locked.wrapped"])
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { head: { number: BigInt(row.number), hash: row.hash }, wrappedKey: row.wrapped ?? undefined };
}

/** Adds an entry and moves the head to it. `false`: its event has an entry already, and nothing was done. */
export async function appendLink(tx: AnyKysely, link: Link): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .with("added", (db) =>
      db
        .insertInto("entry")
        .values(rowOf(link))
        .onConflict((conflict) => conflict.columns(["event_id", "source"]).doNothing())
        .returning(["user_id", "number", "hash"]),
    )
    .updateTable("chain_head")
    .from("added")
    .set((eb) => ({ number: eb.ref("added.number"), hash: eb.ref("added.hash") }))
    .whereRef("chain_head.user_id", "=", "added.user_id")
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

export async function destroyKey(tx: AnyKysely, userId: string, now: Date): Promise<void> {
  await tx
    .updateTable("user_key")
    .set({ wrapped: null, destroy_time: now })
    .where("user_id", "=", userId)
    .where("wrapped", "is not", null)
    .execute();
}

export async function wrappedKeyOf(tx: AnyKysely, userId: string): Promise<Uint8Array | undefined> {
  const row: { wrapped: Buffer | null } | undefined = await tx
    .selectFrom("user_key")
    .select("wrapped")
    .where("user_id", "=", userId)
    .executeTakeFirst();
  return row?.wrapped ?? undefined;
}

/** Where a chain says that it ends, and the highest number there is; both of one moment. */
export async function tipOf(tx: AnyKysely, userId: string): Promise<{ head: Head; newest: bigint }> {
  const newest = tx.selectFrom("entry").select("number").where("user_id", "=", userId);
  const row: { newest: string | null; number: string | null; hash: Buffer | null } = await tx
    .selectNoFrom(newest.orderBy("number", "desc").limit(1).as("newest"))
    .select((eb) => eb.selectFrom("chain_head").select("number").where("user_id", "=", userId).as("number"))
    .select((eb) => eb.selectFrom("chain_head").select("hash").where("user_id", "=", userId).as("hash"))
    .executeTakeFirstOrThrow();
  const head = row.hash === null ? genesis : { number: BigInt(row.number ?? 0), hash: row.hash };
  return { head, newest: BigInt(row.newest ?? 0) };
}

export interface LinkRange {
  userId: string;
  after: bigint;
  upTo: bigint;
  limit: number;
}

/** Entries with a number above `after`, lowest first. */
export async function linksAfter(tx: AnyKysely, range: LinkRange): Promise<Link[]> {
  const rows = await tx
    .selectFrom("entry")
    .selectAll()
    .where("user_id", "=", range.userId)
    .where("number", ">", range.after)
    .where("number", "<=", range.upTo)
    .orderBy("number")
    .limit(range.limit)
    .execute();
  return (rows as EntryRow[]).map(linkOf);
}

export interface LinkFilter {
  userId: string;
  /** Empty: any. */
  subject: string;
  /** Empty: any. */
  type: string;
  /** Only numbers below this one. Not set: from the newest on. */
  before: bigint | undefined;
}

/** Entries that match, highest number first. */
export async function linksBefore(tx: AnyKysely, filter: LinkFilter, limit: number): Promise<Link[]> {
  let query = tx.selectFrom("entry").selectAll().where("user_id", "=", filter.userId);
  if (filter.subject !== "") query = query.where("subject", "=", filter.subject);
  if (filter.type !== "") query = query.where("type", "=", filter.type);
  if (filter.before !== undefined) query = query.where("number", "<", filter.before);
  const rows = await query.orderBy("number", "desc").limit(limit).execute();
  return (rows as EntryRow[]).map(linkOf);
}

function rowOf(link: Link): Record<keyof EntryRow, unknown> {
  return {
    user_id: link.userId,
    number: link.number,
    event_id: link.eventId,
    type: link.type,
    source: link.source,
    subject: link.subject,
    event_time: link.time,
    record_time: link.recordTime,
    trace_id: link.traceId,
    fields: link.fields,
    sealed: link.sealed,
    hash: link.hash,
  };
}

function linkOf(row: EntryRow): Link {
  return {
    userId: row.user_id,
    number: BigInt(row.number),
    eventId: row.event_id,
    type: row.type,
    source: row.source,
    subject: row.subject,
    time: row.event_time,
    recordTime: row.record_time,
    traceId: row.trace_id,
    fields: row.fields,
    sealed: row.sealed,
    hash: row.hash,
  };
}
