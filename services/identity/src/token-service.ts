import { randomBytes, randomUUIDv7 } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { domainError, ErrorReason } from "@todo/kit/errors";
import { personalToken, personalTokenHash } from "@todo/kit/personal-token";
import { principalOf } from "@todo/kit/principal";
import type { Refusals } from "@todo/kit/refusals";
import { type Token, TokenSchema } from "@todo/proto/todo/identity/v1/token";
import {
  type CreateTokenRequest,
  type ResolveTokenResponse,
  ResolveTokenResponseSchema,
  type TokenService,
} from "@todo/proto/todo/identity/v1/token_service";
import { outboxFull, tokenNotFound } from "./errors.ts";
import { paging } from "./paging.ts";
import type { IdentityDatabase } from "./tables.ts";
import {
  insertToken,
  listTokens,
  type Resolved,
  resolveToken,
  revokeToken,
  revokeTokens,
  type TokenRow,
  tokenExistsElsewhere,
} from "./token-queries.ts";
import { checkExpireTime, checkName, checkScopes } from "./token-rules.ts";

export interface TokenServiceDeps {
  /** For reads: it gives a statement up when the signal of the call fires. */
  databaseFor(signal: AbortSignal): IdentityDatabase;
  database: IdentityDatabase;
  now: () => Date;
  /** Whether too many events wait for the broker already. Then no token is made; revoking always works. */
  outboxFull: () => boolean;
  /** Called when a change may have left an event in the outbox. */
  recorded: () => void;
  refusals: Pick<Refusals, "missed">;
}

export function createTokenService(deps: TokenServiceDeps): ServiceImpl<typeof TokenService> {
  const { database, databaseFor, now } = deps;
  return {
    async createToken(request, context) {
      const { userId, scopes } = principalOf(context);
      const asked = checked(request, scopes, now());
      if (deps.outboxFull()) throw outboxFull();
      const secret = personalToken(randomBytes(32));
      const hash = personalTokenHash(secret);
      const id = randomUUIDv7();
      const row = await insertToken(database, {
        id,
        user_id: userId,
        hint: secret.slice(-4),
        hash,
        ...asked,
      });
      deps.recorded();
      return { token: toToken(row, now()), secret };
    },

    async listTokens(request, context) {
      const { userId } = principalOf(context);
      const size = request.pageSize || 50;
      const pages = paging("ListTokens", userId);
      const after = pages.after(request.pageToken);
      const found = await listTokens(databaseFor(context.signal), userId, { after, limit: size + 1 });
      const { rows, nextPageToken } = pages.page(found, size);
      return { tokens: rows.map((row) => toToken(row, now())), nextPageToken };
    },

    async revokeToken(request, context) {
      const principal = principalOf(context);
      const { userId } = principal;
      const row = await revokeToken(database, { userId, id: request.id, now: now() });
      if (row === undefined) {
        deps.refusals.missed({
          principal,
          method: context.method,
          reason: ErrorReason.TOKEN_NOT_FOUND,
          subject: request.id,
          existsElsewhere: () => tokenExistsElsewhere(database, userId, request.id),
        });
        throw tokenNotFound(request.id);
      }
      deps.recorded();
      return { token: toToken(row, now()) };
    },

    async revokeTokens({ beforePasswordChange }, context) {
      const { userId } = principalOf(context);
      const revokedCount = await revokeTokens(database, { userId, beforePasswordChange, now: now() });
      if (revokedCount > 0) deps.recorded();
      return { revokedCount };
    },

    async resolveToken({ secret }, context) {
      const at = now();
      return resolvedAt(await resolveToken(databaseFor(context.signal), personalTokenHash(secret), at), at);
    },
  };
}

function checked(request: CreateTokenRequest, ofCaller: readonly string[], now: Date) {
  const asked = request.expireTime && timestampDate(request.expireTime);
  return {
    name: checkName(request.name),
    scopes: checkScopes(request.scopes, ofCaller),
    create_time: now,
    expire_time: checkExpireTime(asked, now),
  };
}

/** Refusals name the user, if there is one, for the audit log. The gateway tells no caller. */
function resolvedAt(found: Resolved | undefined, now: Date): ResolveTokenResponse {
  if (found === undefined) throw domainError(ErrorReason.CREDENTIALS_INVALID, "credentials are not valid");
  const metadata = { user_id: found.user_id };
  if (found.revoke_time !== null) {
    throw domainError(ErrorReason.CREDENTIALS_INVALID, "credentials are not valid", { metadata });
  }
  if (found.expire_time <= now) {
    throw domainError(ErrorReason.CREDENTIALS_EXPIRED, "credentials have expired", { metadata });
  }
  const { user_id: userId, scopes, zone, locale } = found;
  const expireTime = timestampFromDate(found.expire_time);
  return create(ResolveTokenResponseSchema, { userId, scopes, zone, locale, expireTime });
}

export function toToken(row: TokenRow, now: Date): Token {
  const { id, name, hint, scopes } = row;
  const usable = row.revoke_time === null && row.expire_time > now;
  return create(TokenSchema, {
    id,
    name,
    hint,
    scopes,
    createTime: timestampFromDate(row.create_time),
    expireTime: timestampFromDate(row.expire_time),
    ...(row.last_use_time && { lastUseTime: timestampFromDate(row.last_use_time) }),
    ...(row.revoke_time && { revokeTime: timestampFromDate(row.revoke_time) }),
    beforePasswordChange: usable && row.password_time != null && row.create_time < row.password_time,
  });
}
