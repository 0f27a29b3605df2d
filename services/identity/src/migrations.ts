import type { NamedMigration } from "@todo/kit/migrate";
import { Accounts } from "../migrations/20261121120000-accounts.ts";
import { UserEvents } from "../migrations/20261121120100-user-events.ts";
import { Tokens } from "../migrations/20261121140000-tokens.ts";
import { Sessions } from "../migrations/20261121150000-sessions.ts";
import { Attempts } from "../migrations/20261121150100-attempts.ts";
import { EndedSessions } from "../migrations/20261121210000-ended-sessions.ts";
import { ExpiredRows } from "../migrations/20261121211000-expired-rows.ts";
import { PasswordChange } from "../migrations/20261201010100-password-change.ts";

export const schema = "identity";
export const role = "todo_identity";

/** In the order in which they run. */
export const migrations: readonly NamedMigration[] = [
  { name: "20261121120000-accounts", migration: Accounts },
  { name: "20261121120100-user-events", migration: UserEvents },
  { name: "20261121140000-tokens", migration: Tokens },
  { name: "20261121150000-sessions", migration: Sessions },
  { name: "20261121150100-attempts", migration: Attempts },
  { name: "20261121210000-ended-sessions", migration: EndedSessions },
  { name: "20261121211000-expired-rows", migration: ExpiredRows },
  { name: "20261201010100-password-change", migration: PasswordChange },
];
