import { timestampDate } from "@bufbuild/protobuf/wkt";
import { type Client, ConnectError } from "@connectrpc/connect";
import { DomainError, domainError, ErrorReason, reasonName } from "@todo/kit/errors";
import { LruMap } from "@todo/kit/lru";
import { isPersonalToken, personalTokenHash, personalTokenPrefix } from "@todo/kit/personal-token";
import { ErrorInfoSchema } from "@todo/proto/google/rpc/error_details";
import type { ResolveTokenResponse, TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { OwnedTokenRefused, type TokenVerifier, type VerifiedToken } from "#src/auth/tokens.ts";

const cachedTokens = 10_000;
/** How long a token that was revoked may live on here. */
const maxAgeMs = 30_000;
/** How long a refusal holds, so that a broken program does not ask identity at every call. */
const refusedMs = 5_000;
const timeoutMs = 5_000;

interface Asked {
  found: Promise<VerifiedToken>;
  at: number;
}

/** Whether a bearer token claims to be a personal access token. */
export function claimsPersonal(token: string): boolean {
  return token.startsWith(personalTokenPrefix);
}

/**
 * Knows callers by personal access token: identity says whose it is, and is asked again after 30 seconds. What it
 * refuses is remembered apart from what it knows, so that no flood of wrong tokens drives out the right ones.
 */
export function createPersonalTokens(o: {
  client: Client<typeof TokenService>;
  now: () => Date;
}): TokenVerifier {
  const known = new LruMap<string, Asked>(cachedTokens);
  const refused = new LruMap<string, { error: DomainError; at: number }>(cachedTokens);
  const time = () => o.now().getTime();

  const ask = (secret: string, key: string): Asked => {
    const asked: Asked = { found: resolve(o.client, secret), at: time() };
    known.set(key, asked);
    asked.found.catch((error: unknown) => {
      known.delete(key);
      if (error instanceof DomainError) refused.set(key, { error, at: asked.at });
    });
    return asked;
  };

  return {
    async verify(secret) {
      if (!isPersonalToken(secret)) throw invalid("");
      const key = personalTokenHash(secret).toString("base64url");
      const refusal = refused.get(key);
      if (refusal && time() - refusal.at < refusedMs) throw refusal.error;
      const cached = known.get(key);
      const asked = cached && time() - cached.at < maxAgeMs ? cached : ask(secret, key);
      const token = await asked.found;
      if (time() >= token.expiresAt) throw expired(token.caller.userId);
      return token;
    },
  };
}

async function resolve(client: Client<typeof TokenService>, secret: string): Promise<VerifiedToken> {
  try {
    return tokenOf(await client.resolveToken({ secret }, { timeoutMs }));
  } catch (error) {
    const info = error instanceof ConnectError ? error.findDetails(ErrorInfoSchema)[0] : undefined;
    const userId = info?.metadata["user_id"] ?? "";
    if (info?.reason === reasonName(ErrorReason.CREDENTIALS_INVALID)) throw invalid(userId);
    if (info?.reason === reasonName(ErrorReason.CREDENTIALS_EXPIRED)) throw expired(userId);
    throw error;
  }
}

function tokenOf({ userId, scopes, zone, locale, expireTime }: ResolveTokenResponse): VerifiedToken {
  return {
    caller: { userId, actor: "person", scopes, zone, locale, program: true },
    issuedAt: 0,
    expiresAt: expireTime ? timestampDate(expireTime).getTime() : 0,
  };
}

function invalid(userId: string): DomainError {
  const cause = new OwnedTokenRefused(userId);
  return domainError(ErrorReason.CREDENTIALS_INVALID, "credentials are not valid", { cause });
}

function expired(userId: string): DomainError {
  const cause = new OwnedTokenRefused(userId);
  return domainError(ErrorReason.CREDENTIALS_EXPIRED, "credentials have expired", { cause });
}
