import { createHash } from "node:crypto";
import { domainError, ErrorReason } from "@todo/kit/errors";
import { LruMap } from "@todo/kit/lru";
import { errors, type JWTPayload, jwtVerify } from "jose";
import type { KeySet } from "#src/auth/jwks.ts";
import type { Caller } from "#src/call.ts";

export interface VerifiedToken {
  caller: Caller;
  /** Milliseconds since the epoch. */
  issuedAt: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface TokenVerifier {
  /** Throws CREDENTIALS_EXPIRED, CREDENTIALS_INVALID or, if the keys cannot be had, what the key set threw. */
  verify(token: string): Promise<VerifiedToken>;
}

const toleranceS = 30;
const cachedTokens = 10_000;
/** What an assertion inside the mesh can carry. */
const maxClaimLength = 64;

/** Verifies bearer tokens (RFC 7519, RFC 8725) and remembers them by their hash until they expire. */
export function createTokenVerifier(o: { publicUrl: string; keys: KeySet; now: () => Date }): TokenVerifier {
  const verified = new LruMap<string, VerifiedToken>(cachedTokens);
  const check = async (token: string): Promise<VerifiedToken> => {
    const { payload } = await jwtVerify(token, o.keys.find, {
      issuer: o.publicUrl,
      audience: o.publicUrl,
      algorithms: ["EdDSA", "ES256"],
      requiredClaims: ["sub", "exp"],
      clockTolerance: toleranceS,
      currentDate: o.now(),
    });
    const { iat = 0, exp = 0 } = payload;
    return { caller: callerOf(payload), issuedAt: iat * 1000, expiresAt: exp * 1000 };
  };
  return {
    async verify(token) {
      const key = createHash("sha256").update(token).digest("base64url");
      const known = verified.get(key);
      if (known && o.now().getTime() < known.expiresAt) return known;
      verified.delete(key);
      const fresh = await check(token).catch(refuse);
      verified.set(key, fresh);
      return fresh;
    },
  };
}

/** Why a token is refused that identity knows. Its user is empty: unknown. */
export class OwnedTokenRefused extends Error {
  override readonly name = "OwnedTokenRefused";
  readonly userId: string;

  constructor(userId: string) {
    super("the token is no longer good");
    this.userId = userId;
  }
}

/** The user of a token that was good once. Empty: unknown. */
export function userOfRefused(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof OwnedTokenRefused) return cause.userId;
  return cause instanceof errors.JWTExpired ? (cause.payload.sub ?? "") : "";
}

function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired) {
    throw domainError(ErrorReason.CREDENTIALS_EXPIRED, "credentials have expired", { cause: error });
  }
  if (error instanceof errors.JOSEError) {
    throw domainError(ErrorReason.CREDENTIALS_INVALID, "credentials are not valid", { cause: error });
  }
  throw error;
}

function callerOf(payload: JWTPayload): Caller {
  const userId = textOf(payload.sub, "");
  if (userId === "") throw new errors.JWTClaimValidationFailed("bad subject", payload, "sub", "invalid");
  const sessionId = textOf(payload["sid"], "");
  return {
    userId,
    ...(sessionId !== "" && { sessionId }),
    actor: payload["act"] === "agent" ? "agent" : "person",
    program: payload["act"] === "agent",
    scopes: typeof payload["scope"] === "string" ? payload["scope"].split(" ").filter(Boolean) : [],
    zone: textOf(payload["zone"], "UTC"),
    locale: textOf(payload["locale"], "en"),
  };
}

function textOf(claim: unknown, fallback: string): string {
  return typeof claim === "string" && claim !== "" && claim.length <= maxClaimLength ? claim : fallback;
}
