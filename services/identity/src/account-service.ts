import type { ServiceImpl } from "@connectrpc/connect";
import { type Principal, principalOf } from "@todo/kit/principal";
import type { AccountService } from "@todo/proto/todo/identity/v1/account_service";
import { eraseUser, type PasswordRow, readPassword } from "./account-queries.ts";
import type { Attempts } from "./attempts.ts";
import { passwordWrong, personRequired, profileNotFound, tooManyAttempts } from "./errors.ts";
import type { PasswordFailures } from "./password-failures.ts";
import type { PasswordWork } from "./password-work.ts";
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
  /** For reads: it gives a statement up when the signal of the call fires. */
  databaseFor(signal: AbortSignal): IdentityDatabase;
  attempts: Pick<Attempts, "askToConfirm" | "confirmed" | "notConfirmed" | "forgetAccount">;
  work: Pick<PasswordWork, "during" | "enter" | "verify">;
  failures: Pick<PasswordFailures, "confirmation">;
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
      const reader = deps.databaseFor(context.signal);
      const [profile, sessions, tokens] = await Promise.all([
        readProfile(reader, userId),
        listSessions(reader, userId, { ...newest, now: now() }),
        listTokens(reader, userId, newest),
      ]);
      if (profile === undefined) throw profileNotFound();
      return {
        profile: toProfile(profile),
        sessions: sessions.map((row) => toSession(row, sessionId)),
        tokens: tokens.map((row) => toToken(row, now())),
      };
    },

    async eraseAccount({ password }, context) {
      const principal = principalOf(context);
      if (principal.actor !== "person") throw personRequired();
      const { userId } = principal;
      const account = await readPassword(deps.databaseFor(context.signal), userId);
      if (account === undefined) return {};
      const method = `${context.method.parent.typeName}/${context.method.name}`;
      await deps.work.during({ signal: context.signal, lane: userId }, () =>
        confirm(deps, principal, { account, password, method }),
      );
      await eraseUser(database, userId);
      deps.recorded();
      await attempts.forgetAccount(account.email, userId);
      return {};
    },
  };
}

async function confirm(
  { attempts, work, failures }: AccountServiceDeps,
  { userId, requestId }: Principal,
  { account, password, method }: { account: PasswordRow; password: string; method: string },
): Promise<void> {
  const confirmation = { userId, clientAddress: "" };
  const { waitMs } = await attempts.askToConfirm(confirmation);
  if (waitMs > 0) throw tooManyAttempts(waitMs);
  const { password: hash } = account;
  const right = hash !== null && (await checked(() => work.verify({ password, hash })));
  if (right) return attempts.confirmed(confirmation);
  await failures.confirmation({ userId, method, requestId });
  throw passwordWrong();

  /** An attempt that came to nothing does not count. */
  async function checked(verify: () => Promise<boolean>): Promise<boolean> {
    try {
      await work.enter();
      return await verify();
    } catch (error) {
      await attempts.notConfirmed(confirmation);
      throw error;
    }
  }
}
