import { asUser } from "./profile-queries.ts";
import type { IdentityDatabase } from "./tables.ts";

const columns = ["id", "createdAt", "updatedAt", "expiresAt", "userAgent", "ipAddress"] as const;

export type SessionRow = Awaited<ReturnType<typeof listSessions>>[number];

/** Open sessions of the user, newest first, behind the one with the id `after`. */
export function listSessions(
  database: IdentityDatabase,
  userId: string,
  { after, limit, now }: { after: string | undefined; limit: number; now: Date },
) {
  return asUser(database, userId, (tx) =>
    tx
      .selectFrom("session")
      .select(columns)
      .where("userId", "=", userId)
      .where("expiresAt", ">", now)
      .$if(after !== undefined, (query) => query.where("id", "<", after ?? ""))
      .orderBy("id", "desc")
      .limit(limit)
      .execute(),
  );
}

/** Ends a session. `false`: the user has none of that id. */
export async function endSession(database: IdentityDatabase, userId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await asUser(database, userId, (tx) =>
    tx.deleteFrom("session").where("userId", "=", userId).where("id", "=", id).executeTakeFirst(),
  );
  return numDeletedRows === 1n;
}

/** Ends all sessions but one, and says how many. */
export async function endOtherSessions(
  database: IdentityDatabase,
  userId: string,
  kept: string,
): Promise<number> {
  const { numDeletedRows } = await asUser(database, userId, (tx) =>
    tx.deleteFrom("session").where("userId", "=", userId).where("id", "<>", kept).executeTakeFirst(),
  );
  return Number(numDeletedRows);
}

export async function isSessionOpen(
  database: IdentityDatabase,
  { userId, id, now }: { userId: string; id: string; now: Date },
): Promise<boolean> {
  const found = await asUser(database, userId, (tx) =>
    tx
      .selectFrom("session")
      .select("id")
      .where("userId", "=", userId)
      .where("id", "=", id)
      .where("expiresAt", ">", now)
      .executeTakeFirst(),
  );
  return found !== undefined;
}

/** Whether somebody else has a session of that id, for the audit log alone: no caller ever hears it. */
export async function sessionExistsElsewhere(
  database: IdentityDatabase,
  userId: string,
  id: string,
): Promise<boolean> {
  const query = database
    .selectFrom("session")
    .select("id")
    .where("id", "=", id)
    .where("userId", "<>", userId);
  return (await query.executeTakeFirst()) !== undefined;
}
