import { randomUUID } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { domainError, ErrorReason } from "@todo/kit/errors";
import type {
  AuthService,
  ExchangeRequest,
  ExchangeResponseSchema,
} from "@todo/proto/todo/identity/v1/auth_service";
import type { SessionService } from "@todo/proto/todo/identity/v1/session_service";
import type { ResolveTokenResponseSchema, TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

type Resolved = MessageInitShape<typeof ResolveTokenResponseSchema>;
type Answer = MessageInitShape<typeof ExchangeResponseSchema>;

/** A provider of identities that signs real tokens and counts what it is asked. */
export interface FakeIdentity {
  impl: ServiceImpl<typeof AuthService>;
  tokens: ServiceImpl<typeof TokenService>;
  openSessions: ServiceImpl<typeof SessionService>;
  /** The ids of sessions that were ended. */
  ended: Set<string>;
  /** Every session that it was asked about, in order. */
  checked: string[];
  /** What personal access tokens stand for, by their secret; or why they are refused. */
  personal: Map<string, Resolved | Error>;
  /** Every secret it was asked for, in order. */
  resolved: string[];
  /** Every exchange it was asked for, in order. */
  asked: ExchangeRequest[];
  askedFor(path: string): number;
  /** Set, it answers everything but keys and tokens. */
  answer: ((request: ExchangeRequest, signal: AbortSignal) => Answer | Promise<Answer>) | undefined;
  /** Set, every exchange fails with it. */
  failure: Error | undefined;
  /** The users of sessions by the value of their cookie. */
  sessions: Map<string, string>;
  /** The session that a user's tokens name. Not set: none. */
  sessionIds: Map<string, string>;
  /** Signs with a new key from now on, and publishes it beside the old ones. */
  rotate(): Promise<void>;
  token(claims?: JWTPayload, header?: { alg?: string; kid?: string }): Promise<string>;
}

interface Key {
  privateKey: CryptoKey;
  jwk: JWK & { kid: string };
}

export const allScopes = "tasks:read tasks:write profile:read profile:write audit:read";

export async function createFakeIdentity(publicUrl: string, now: () => Date): Promise<FakeIdentity> {
  const keys: Key[] = [await createKey()];
  const json = (body: unknown, status = 200): Answer => ({
    status,
    headers: [{ name: "content-type", value: "application/json" }],
    body: Buffer.from(JSON.stringify(body)),
  });
  const sessionToken = (request: ExchangeRequest) => {
    const cookie = request.headers.find(({ name }) => name === "cookie")?.value ?? "";
    const user = identity.sessions.get(/session_token=([^;]+)/.exec(cookie)?.[1] ?? "");
    if (user === undefined) return undefined;
    const sid = identity.sessionIds.get(user);
    return identity.token({ sub: user, ...(sid !== undefined && { sid }) });
  };
  const identity: FakeIdentity = {
    asked: [],
    personal: new Map(),
    resolved: [],
    tokens: {
      createToken: () => ({}),
      listTokens: () => ({}),
      revokeToken: () => ({}),
      revokeTokens: () => ({}),
      resolveToken({ secret }) {
        identity.resolved.push(secret);
        if (identity.failure) throw identity.failure;
        const found = identity.personal.get(secret);
        if (found === undefined) throw domainError(ErrorReason.CREDENTIALS_INVALID, "no such token");
        if (found instanceof Error) throw found;
        const expireTime = timestampFromDate(new Date(now().getTime() + 3_600_000));
        return { userId: randomUUID(), zone: "Europe/Berlin", locale: "de", expireTime, ...found };
      },
    },
    ended: new Set(),
    checked: [],
    openSessions: {
      listSessions: () => ({}),
      revokeSession: () => ({}),
      revokeOtherSessions: () => ({}),
      checkSession({ id }) {
        identity.checked.push(id);
        if (identity.failure) throw identity.failure;
        return { open: !identity.ended.has(id) };
      },
    },
    answer: undefined,
    failure: undefined,
    sessions: new Map(),
    sessionIds: new Map(),
    askedFor: (path) => identity.asked.filter((request) => request.path === path).length,
    impl: {
      async exchange(request, { signal }) {
        identity.asked.push(request);
        if (identity.failure) throw identity.failure;
        if (request.path === "/api/auth/jwks") return json({ keys: keys.map(({ jwk }) => jwk) });
        if (request.path === "/api/auth/token") {
          const token = await sessionToken(request);
          return token === undefined ? json({ message: "no session" }, 401) : json({ token });
        }
        return identity.answer ? identity.answer(request, signal) : json({ message: "not found" }, 404);
      },
    },
    async rotate() {
      keys.push(await createKey());
    },
    async token(claims = {}, header = {}) {
      const key = keys.at(-1) as Key;
      return signToken(key, publicUrl, now(), claims, header);
    },
  };
  return identity;
}

async function createKey(): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: randomUUID(), alg: "EdDSA" };
  return { privateKey, jwk };
}

/** A token signed by a key that nobody published. */
export async function foreignToken(
  publicUrl: string,
  claims: JWTPayload = {},
  kid?: string,
): Promise<string> {
  const key = await createKey();
  return signToken(key, publicUrl, new Date(), claims, { kid: kid ?? key.jwk.kid });
}

function signToken(
  key: Key,
  publicUrl: string,
  now: Date,
  claims: JWTPayload,
  header: { kid?: string },
): Promise<string> {
  const at = Math.floor(now.getTime() / 1000);
  const all = {
    iss: publicUrl,
    aud: publicUrl,
    sub: randomUUID(),
    iat: at,
    exp: at + 600,
    scope: allScopes,
    zone: "Europe/Berlin",
    locale: "de",
    ...claims,
  };
  return new SignJWT(all)
    .setProtectedHeader({ alg: "EdDSA", kid: header.kid ?? key.jwk.kid })
    .sign(key.privateKey);
}
