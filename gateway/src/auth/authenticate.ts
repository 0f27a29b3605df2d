import { domainError, ErrorReason } from "@todo/kit/errors";
import type { OpenSessions } from "#src/auth/open-sessions.ts";
import { claimsPersonal } from "#src/auth/personal-tokens.ts";
import { mayUseCookies, type Sessions, sessionCookieIn } from "#src/auth/session.ts";
import type { TokenVerifier, VerifiedToken } from "#src/auth/tokens.ts";
import type { Caller } from "#src/call.ts";

/** Finds out who calls. Throws CREDENTIALS_MISSING, CREDENTIALS_INVALID or CREDENTIALS_EXPIRED. */
export type Authenticate = (header: Headers, clientAddress: string) => Promise<Caller>;

/** Knows callers by bearer token (RFC 6750), of a session or a personal one, or by the session cookie of a page of ours. */
export function createAuthenticate(o: {
  publicUrl: string;
  tokens: TokenVerifier;
  personal: TokenVerifier;
  sessions: Sessions;
  open: OpenSessions;
}): Authenticate {
  const verified = async (header: Headers, clientAddress: string): Promise<VerifiedToken> => {
    const authorization = header.get("authorization");
    if (authorization !== null) {
      const token = bearerIn(authorization);
      return (claimsPersonal(token) ? o.personal : o.tokens).verify(token);
    }
    const cookie = sessionCookieIn(header.get("cookie"));
    if (cookie === undefined || !mayUseCookies(header, o.publicUrl)) {
      throw domainError(ErrorReason.CREDENTIALS_MISSING, "sign in first");
    }
    return o.sessions.resolve(cookie, clientAddress);
  };
  return async (header, clientAddress) => {
    const token = await verified(header, clientAddress);
    await o.open.check(token);
    return token.caller;
  };
}

function bearerIn(authorization: string): string {
  const token = /^bearer +([^\s,]+)$/i.exec(authorization)?.[1];
  if (token === undefined) {
    throw domainError(ErrorReason.CREDENTIALS_INVALID, "credentials are not a bearer token");
  }
  return token;
}
