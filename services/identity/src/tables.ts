import type { Generated, Kysely } from "kysely";

/** What this service itself reads and writes in the tables that better-auth fills. */
interface IdentityTables {
  user: {
    id: string;
    name: string;
    email: string;
    zone: string;
    locale: string;
    createdAt: Generated<Date>;
    updatedAt: Generated<Date>;
  };
  session: { id: string; userId: string; expiresAt: Date };
}

export type IdentityDatabase = Kysely<IdentityTables>;
