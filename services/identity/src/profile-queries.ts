import { currentTraceparent } from "@todo/kit/trace";
import { sql } from "kysely";
import type { IdentityDatabase } from "./tables.ts";

const columns = ["id", "email", "name", "zone", "locale", "createdAt"] as const;

export type ProfileRow = NonNullable<Awaited<ReturnType<typeof readProfile>>>;
export type ProfileChange = Partial<Pick<ProfileRow, "name" | "zone" | "locale">>;

export function readProfile(database: IdentityDatabase, userId: string) {
  return asUser(database, userId, (tx) =>
    tx.selectFrom("user").select(columns).where("id", "=", userId).executeTakeFirst(),
  );
}

export function writeProfile(database: IdentityDatabase, userId: string, change: ProfileChange, now: Date) {
  return asUser(database, userId, (tx) =>
    tx
      .updateTable("user")
      .set({ ...change, updatedAt: now })
      .where("id", "=", userId)
      .returning(columns)
      .executeTakeFirst(),
  );
}

/**
 * A transaction in which no row of another user exists, whatever the statement says. The events of its changes carry the
 * running trace.
 */
export function asUser<T>(
  database: IdentityDatabase,
  userId: string,
  work: (tx: IdentityDatabase) => Promise<T>,
): Promise<T> {
  return database.transaction().execute(async (tx) => {
    await sql`select set_config('app.user_id', ${userId}, true),
      set_config('app.traceparent', ${currentTraceparent() ?? ""}, true)`.execute(tx);
    return work(tx);
  });
}
