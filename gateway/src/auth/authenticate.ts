import { domainError, ErrorReason } from "@todo/kit/errors";
import { claimsPersonal } from "#src/auth/personal-tokens.ts";
import { mayUseCookies, type Sessions, sessionCookieIn } from "#src/auth/session.ts";
import type { TokenVerifier } from "#src/auth/tokens.ts";
import type { Caller } from "#src/call.ts";

/** Finds out who calls. Throws CREDENTIALS_MISSING, CREDENTIALS_INVALID or CREDENTIALS_EXPIRED. */
export type Authenticate = (header: Headers, clientAddress: string) => Promise<Caller>;

/** Knows callers by bearer token (RFC 6750), of a session or a personal one, or by the session cookie of a page of ours. */
export function createAuthenticate(o: {
  publicUrl: string;
  tokens: TokenVerifier;
  personal: TokenVerifier;
  sessions: Sessions;
}): Authenticate {
  return async (header, clientAddress) => {
    const authorization = header.get("authorization");
    if (authorization !== null) {
      const token = bearerIn(authorization);
      return (await (claimsPersonal(token) ? o.personal : o.tokens).verify(token)).caller;
    }
    const cookie = sessionCookieIn(header.get("cookie"));
    if (cookie === undefined || !mayUseCookies(header, o.publicUrl)) {
      throw domainError(ErrorReason.CREDENTIALS_MISSING, "sign in first");
    }
    return (await o.sessions.resolve(cookie, clientAddress)).caller;
  };
}

function bearerIn(authorization: string): string {
  const token = /^bearer +([^\s,]+)$/i.exec(authorization)?.[1];
  if (token === undefined) {
    throw domainError(ErrorReason.CREDENTIALS_INVALID, "credentials are not a bearer token");
  }
  return token;
}
