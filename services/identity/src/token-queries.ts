import { sql } from "kysely";
import { profileNotFound, quotaExceeded } from "./errors.ts";
import { asUser } from "./profile-queries.ts";
import type { IdentityDatabase, IdentityTables } from "./tables.ts";

const columns = [
  "id",
  "name",
  "hint",
  "scopes",
  "create_time",
  "expire_time",
  "last_use_time",
  "revoke_time",
] as const;

/** When the password of a user was changed. Null: never. */
const passwordTime = sql<Date | null>`(select max(a.password_time) from account a where a."userId" = token.user_id)`;

const mostActive = 50;
/** How long an expired or revoked token is still shown. */
const endedKeptMs = 30 * 24 * 60 * 60 * 1000;

export type NewToken = Omit<IdentityTables["token"], "last_use_time" | "revoke_time">;

export type TokenRow = Awaited<ReturnType<typeof insertToken>> & { password_time?: Date | null };

/** Makes a token. @throws DomainError TOKEN_QUOTA_EXCEEDED, or PROFILE_NOT_FOUND for a user who is gone. */
export function insertToken(database: IdentityDatabase, token: NewToken) {
  const { user_id: userId, create_time: now } = token;
  return asUser(database, userId, async (tx) => {
    if (!(await lockOwner(tx, userId))) throw profileNotFound();
    await forgetEnded(tx, userId, new Date(now.getTime() - endedKeptMs));
    if ((await countActive(tx, userId, now)) >= mostActive) throw quotaExceeded(mostActive);
    return await tx.insertInto("token").values(token).returning(columns).executeTakeFirstOrThrow();
  });
}

/** Tokens of the user, newest first, behind the one with the id `after`. */
export function listTokens(
  database: IdentityDatabase,
  userId: string,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<TokenRow[]> {
  return asUser(database, userId, (tx) =>
    tx
      .selectFrom("token")
      .select(columns)
      .select(passwordTime.as("password_time"))
      .where("user_id", "=", userId)
      .$if(after !== undefined, (query) => query.where("id", "<", after ?? ""))
      .orderBy("id", "desc")
      .limit(limit)
      .execute(),
  );
}

/** Revokes a token that is not yet, and answers with it as it is then. Undefined: the user has none of that id. */
export function revokeToken(
  database: IdentityDatabase,
  { userId, id, now }: { userId: string; id: string; now: Date },
): Promise<TokenRow | undefined> {
  return asUser(database, userId, async (tx) => {
    await lockOwner(tx, userId);
    return await tx
      .updateTable("token")
      .set({ revoke_time: sql<Date>`coalesce(revoke_time, ${now})` })
      .where("user_id", "=", userId)
      .where("id", "=", id)
      .returning(columns)
      .executeTakeFirst();
  });
}

/** Revokes all tokens that can still be used, or those of them that are older than the password. Says how many. */
export function revokeTokens(
  database: IdentityDatabase,
  { userId, beforePasswordChange, now }: { userId: string; beforePasswordChange: boolean; now: Date },
): Promise<number> {
  return asUser(database, userId, async (tx) => {
    await lockOwner(tx, userId);
    const { numUpdatedRows } = await tx
      .updateTable("token")
      .set({ revoke_time: now })
      .where("user_id", "=", userId)
      .where("revoke_time", "is", null)
      .where("expire_time", ">", now)
      .$if(beforePasswordChange, (query) => query.where("create_time", "<", passwordTime))
      .executeTakeFirstOrThrow();
    return Number(numUpdatedRows);
  });
}

export interface Resolved {
  user_id: string;
  scopes: string[];
  expire_time: Date;
  revoke_time: Date | null;
  zone: string;
  locale: string;
}

/** Whose a secret is, by its hash, and notes the use. Undefined: nobody's. */
export async function resolveToken(
  database: IdentityDatabase,
  hash: Buffer,
  now: Date,
): Promise<Resolved | undefined> {
  const { rows } = await sql<Resolved>`select * from resolve_token(${hash}, ${now})`.execute(database);
  return rows[0];
}

/** Whether somebody else has a token of that id. */
export async function tokenExistsElsewhere(
  database: IdentityDatabase,
  userId: string,
  id: string,
): Promise<boolean> {
  const { rows } = await sql<{
    found: boolean;
  }>`select token_exists_elsewhere(${userId}, ${id}) as found`.execute(database);
  return rows[0]?.found === true;
}

/**
 * Changes of one user's tokens happen one after the other: two cannot both be the last one allowed, and none waits for
 * an erasure that waits for it. Answers whether the user is still there.
 */
async function lockOwner(tx: IdentityDatabase, userId: string): Promise<boolean> {
  const query = tx.selectFrom("user").select("id").where("id", "=", userId).forUpdate();
  return (await query.executeTakeFirst()) !== undefined;
}

async function forgetEnded(tx: IdentityDatabase, userId: string, before: Date): Promise<void> {
  await tx
    .deleteFrom("token")
    .where("user_id", "=", userId)
    .where(({ or, eb }) => or([eb("expire_time", "<", before), eb("revoke_time", "<", before)]))
    .execute();
}

async function countActive(tx: IdentityDatabase, userId: string, now: Date): Promise<number> {
  const { count } = await tx
    .selectFrom("token")
    .select(({ fn }) => fn.countAll<string>().as("count"))
    .where("user_id", "=", userId)
    .where("revoke_time", "is", null)
    .where("expire_time", ">", now)
    .executeTakeFirstOrThrow();
  return Number(count);
}
