import { asUser } from "./profile-queries.ts";
import type { IdentityDatabase } from "./tables.ts";

export interface PasswordRow {
  email: string;
  /** `null`: the account has none. */
  password: string | null;
}

/** What a user's password is checked against. Undefined: there is no such user. */
export function readPassword(database: IdentityDatabase, userId: string): Promise<PasswordRow | undefined> {
  return asUser(database, userId, (tx) =>
    tx
      .selectFrom("user")
      .leftJoin("account", (join) =>
        join.onRef("account.userId", "=", "user.id").on("account.providerId", "=", "credential"),
      )
      .select(["user.email", "account.password"])
      .where("user.id", "=", userId)
      .executeTakeFirst(),
  );
}

/** One statement for all rows, so that a crash leaves the whole account or nothing of it. A trigger tells of it. */
export async function eraseUser(database: IdentityDatabase, userId: string): Promise<void> {
  await asUser(database, userId, (tx) => tx.deleteFrom("user").where("id", "=", userId).execute());
}
