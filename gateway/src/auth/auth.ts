import type { Client } from "@connectrpc/connect";
import type { Logger } from "@todo/kit/log";
import type { AuthService } from "@todo/proto/todo/identity/v1/auth_service";
import type { SessionService } from "@todo/proto/todo/identity/v1/session_service";
import type { TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { type Authenticate, createAuthenticate } from "#src/auth/authenticate.ts";
import { createIdentity } from "#src/auth/identity.ts";
import { createKeySet, type KeySet } from "#src/auth/jwks.ts";
import { createOpenSessions } from "#src/auth/open-sessions.ts";
import { createPersonalTokens } from "#src/auth/personal-tokens.ts";
import { createSessions, type Sessions } from "#src/auth/session.ts";
import { createTokenVerifier } from "#src/auth/tokens.ts";

export interface Auth {
  keys: KeySet;
  sessions: Sessions;
  authenticate: Authenticate;
}

/** Everything that knows callers, put together. */
export function createAuth(o: {
  client: Client<typeof AuthService>;
  tokens: Client<typeof TokenService>;
  openSessions: Client<typeof SessionService>;
  publicUrl: string;
  now: () => Date;
  log: Logger;
}): Auth {
  const { publicUrl, now } = o;
  const identity = createIdentity(o.client);
  const keys = createKeySet({
    fetch: () => identity.keys(),
    now,
    onFailure: (error) => o.log.warn({ err: error }, "the keys of identity could not be had"),
  });
  const tokens = createTokenVerifier({ publicUrl, keys, now });
  const sessions = createSessions({ exchange: identity.token, tokens, now });
  const personal = createPersonalTokens({ client: o.tokens, now });
  const open = createOpenSessions({ client: o.openSessions, now });
  return {
    keys,
    sessions,
    authenticate: createAuthenticate({ publicUrl, tokens, personal, sessions, open }),
  };
}
