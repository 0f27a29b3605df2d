import type { Generated, Kysely } from "kysely";

/** What this service itself reads and writes: in the tables that better-auth fills, and in its own. */
export interface IdentityTables {
  user: {
    id: string;
    name: string;
    email: string;
    zone: string;
    locale: string;
    createdAt: Generated<Date>;
    updatedAt: Generated<Date>;
  };
  session: {
    id: string;
    userId: string;
    createdAt: Date;
    updatedAt: Date;
    expiresAt: Date;
    userAgent: string | null;
    ipAddress: string | null;
  };
  account: {
    userId: string;
    providerId: string;
    password: string | null;
    /** When the password was changed. `null`: never. */
    password_time: Generated<Date | null>;
  };
  attempt: {
    key: Buffer;
    user_id: string | null;
    failures: number;
    last_time: Date;
    free_time: Date;
    forget_time: Date;
  };
  token: {
    id: string;
    user_id: string;
    name: string;
    hint: string;
    /** Written, never read: the service may not. */
    hash: Buffer;
    scopes: string[];
    create_time: Date;
    expire_time: Date;
    last_use_time: Date | null;
    revoke_time: Date | null;
  };
}

export type IdentityDatabase = Kysely<IdentityTables>;
