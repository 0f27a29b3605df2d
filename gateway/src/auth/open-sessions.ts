import type { Client } from "@connectrpc/connect";
import { domainError, ErrorReason } from "@todo/kit/errors";
import { LruMap } from "@todo/kit/lru";
import type { SessionService } from "@todo/proto/todo/identity/v1/session_service";
import { OwnedTokenRefused, type VerifiedToken } from "#src/auth/tokens.ts";

export interface OpenSessions {
  /** Throws CREDENTIALS_INVALID if the session that a token was made for is over. */
  check(token: VerifiedToken): Promise<void>;
}

const knownSessions = 10_000;
/** How long a session that was ended may live on here. */
const maxAgeMs = 30_000;
/** How long nobody asks again after identity gave no answer. Meanwhile what was known last holds. */
const retryMs = 5_000;
const timeoutMs = 1_000;

interface Known {
  open: boolean;
  /** When it was so. */
  at: number;
  asking?: Promise<void>;
}

/**
 * Asks identity once in 30 seconds whether a session is still open. That it was when its token was made needs no asking,
 * and one that is over stays so.
 *
 * Without an answer the token alone counts, so that nobody is locked out while identity is away: it lives 10 minutes.
 */
export function createOpenSessions(o: {
  client: Client<typeof SessionService>;
  now: () => Date;
}): OpenSessions {
  const sessions = new LruMap<string, Known>(knownSessions);
  const time = () => o.now().getTime();

  const ask = async (known: Known, id: string, userId: string) => {
    const at = time();
    try {
      const { open } = await o.client.checkSession({ id, userId }, { timeoutMs });
      Object.assign(known, { open, at });
    } catch {
      known.at = at - maxAgeMs + retryMs;
    } finally {
      delete known.asking;
    }
  };

  return {
    async check({ caller: { userId, sessionId }, issuedAt }) {
      if (sessionId === undefined) return;
      const key = `${userId} ${sessionId}`;
      const known = sessions.get(key) ?? { open: true, at: Math.min(issuedAt, time()) };
      sessions.set(key, known);
      if (known.open && time() - known.at >= maxAgeMs) {
        known.asking ??= ask(known, sessionId, userId);
        await known.asking;
      }
      if (!known.open) throw over(userId);
    },
  };
}

function over(userId: string): Error {
  const cause = new OwnedTokenRefused(userId);
  return domainError(ErrorReason.CREDENTIALS_INVALID, "the session is over", { cause });
}
