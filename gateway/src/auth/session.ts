import { createHash } from "node:crypto";
import { LruMap } from "@todo/kit/lru";
import type { TokenVerifier, VerifiedToken } from "#src/auth/tokens.ts";

export interface Sessions {
  /** The verified token of a session cookie. */
  resolve(cookie: string, clientAddress: string): Promise<VerifiedToken>;
  /** Forgets a cookie, for example because its owner just signed out. */
  forget(cookie: string): void;
}

const cachedSessions = 10_000;
/** How long a session that was ended elsewhere may live on here. */
const maxAgeMs = 60_000;

/**
 * The session cookies in a Cookie header, and nothing else of it. Undefined: there is none.
 *
 * Browsers put `__Secure-` or `__Host-` before the provider's own name where the cookie asks for it (RFC 6265bis).
 */
export function sessionCookieIn(header: string | null): string | undefined {
  const cookies = (header ?? "").split(/;\s*/).filter((pair) => /^[^=]*session_token=./.test(pair));
  return cookies.length === 0 ? undefined : cookies.join("; ");
}

/**
 * Whether a request may use the cookies it carries: only if a page of ours, or the user by hand, sent it.
 *
 * Every browser of today sends `Sec-Fetch-Site`, which no page can forge; an older one is held to its `Origin`.
 */
export function mayUseCookies(header: Headers, publicUrl: string): boolean {
  const site = header.get("sec-fetch-site");
  return site === null ? header.get("origin") === publicUrl : site === "same-origin" || site === "none";
}

/** Exchanges session cookies for tokens at the identity provider, once a minute and cookie. */
export function createSessions(o: {
  exchange: (cookie: string, clientAddress: string) => Promise<string>;
  tokens: TokenVerifier;
  now: () => Date;
}): Sessions {
  const sessions = new LruMap<string, { found: Promise<VerifiedToken>; at: number }>(cachedSessions);
  const keyOf = (cookie: string) => createHash("sha256").update(cookie).digest("base64url");
  return {
    async resolve(cookie, clientAddress) {
      const key = keyOf(cookie);
      const at = o.now().getTime();
      const known = sessions.get(key);
      if (known && at - known.at < maxAgeMs && at < (await known.found).expiresAt) return known.found;
      const found = o.exchange(cookie, clientAddress).then((token) => o.tokens.verify(token));
      sessions.set(key, { found, at });
      found.catch(() => sessions.delete(key));
      return found;
    },
    forget(cookie) {
      sessions.delete(keyOf(cookie));
    },
  };
}
