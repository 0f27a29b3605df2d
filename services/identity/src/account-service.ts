import type { ServiceImpl } from "@connectrpc/connect";
import { type Principal, principalOf } from "@todo/kit/principal";
import type { AccountService } from "@todo/proto/todo/identity/v1/account_service";
import { eraseUser, type PasswordRow, readPassword } from "./account-queries.ts";
import type { Attempts } from "./attempts.ts";
import { passwordWrong, personRequired, profileNotFound, tooManyAttempts } from "./errors.ts";
import { readProfile } from "./profile-queries.ts";
import { toProfile } from "./profile-service.ts";
import { listSessions } from "./session-queries.ts";
import { toSession } from "./session-service.ts";
import type { IdentityDatabase } from "./tables.ts";
import { listTokens } from "./token-queries.ts";
import { toToken } from "./token-service.ts";

export interface AccountServiceDeps {
  database: IdentityDatabase;
  now: () => Date;
  attempts: Pick<Attempts, "askToConfirm" | "confirmed" | "forgetAccount">;
  /** Whether a password is the one behind a hash of the provider's. */
  verifyPassword: (o: { password: string; hash: string }) => Promise<boolean>;
  /** Called when a change may have left an event in the outbox. */
  recorded: () => void;
}

const mostExported = 500;

export function createAccountService(deps: AccountServiceDeps): ServiceImpl<typeof AccountService> {
  const { database, now, attempts } = deps;
  return {
    async exportAccount(_request, context) {
      const { userId, sessionId } = principalOf(context);
      const newest = { after: undefined, limit: mostExported };
      const [profile, sessions, tokens] = await Promise.all([
        readProfile(database, userId),
        listSessions(database, userId, { ...newest, now: now() }),
        listTokens(database, userId, newest),
      ]);
      if (profile === undefined) throw profileNotFound();
      return {
        profile: toProfile(profile),
        sessions: sessions.map((row) => toSession(row, sessionId)),
        tokens: tokens.map(toToken),
      };
    },

    async eraseAccount({ password }, context) {
      const principal = principalOf(context);
      if (principal.actor !== "person") throw personRequired();
      const { userId } = principal;
      const account = await readPassword(database, userId);
      if (account === undefined) return {};
      await confirm(deps, principal, { account, password });
      await eraseUser(database, userId);
      deps.recorded();
      await attempts.forgetAccount(account.email, userId);
      return {};
    },
  };
}

async function confirm(
  { attempts, verifyPassword }: AccountServiceDeps,
  { userId }: Principal,
  { account, password }: { account: PasswordRow; password: string },
): Promise<void> {
  const { waitMs } = await attempts.askToConfirm(userId);
  if (waitMs > 0) throw tooManyAttempts(waitMs);
  const { password: hash } = account;
  if (hash === null || !(await verifyPassword({ password, hash }))) throw passwordWrong();
  await attempts.confirmed(userId);
}
