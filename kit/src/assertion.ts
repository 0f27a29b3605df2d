import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { type JWTPayload, jwtVerify, SignJWT } from "jose";
import { domainError, ErrorReason } from "./errors.ts";
import { LruMap } from "./lru.ts";
import type { Principal } from "./principal.ts";
import { type AppId, type Issuer, issuerIds } from "./services.ts";

/** The metadata that carries an assertion. */
export const assertionHeader = "todo-assertion";
/** The metadata that carries the id of a request. */
export const requestIdHeader = "x-request-id";

const lifetimeSeconds = 60;
const reuseMs = 30_000;
const clockSkewSeconds = 5;
const cacheSize = 10_000;

export interface AssertionIssuer {
  /** A proof for `audience` that this issuer vouches for the user. Valid for 60 s, of which it is reused for 30 s. */
  assert(audience: AppId, principal: Omit<Principal, "issuer" | "requestId">): Promise<string>;
}

export interface AssertionVerifier {
  /** What the assertion says. Throws ASSERTION_INVALID. */
  verify(token: string): Promise<Omit<Principal, "requestId">>;
}

/** Signs assertions: JWTs (RFC 7519) with EdDSA over Ed25519 (RFC 8037). `signingKey` is a private JWK as JSON. */
export function createAssertionIssuer(o: {
  app: Issuer;
  signingKey: string;
  now?: () => Date;
}): AssertionIssuer {
  const { app, now = () => new Date() } = o;
  const key = createPrivateKey({ key: parseJson(o.signingKey, "signing key") as never, format: "jwk" });
  if (key.asymmetricKeyType !== "ed25519") throw new Error("the signing key is not an Ed25519 key");
  const issued = new LruMap<string, { token: Promise<string>; at: number }>(cacheSize);

  async function sign(audience: AppId, claims: JWTPayload, at: number): Promise<string> {
    const seconds = Math.floor(at / 1_000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "EdDSA", kid: app, typ: "JWT" })
      .setIssuer(app)
      .setAudience(audience)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + lifetimeSeconds)
      .sign(key);
  }

  return {
    assert(audience, { userId, actor, scopes, sessionId, zone, locale }) {
      const session = sessionId === undefined ? {} : { sid: sessionId };
      const claims = { sub: userId, act: actor, scope: scopes.join(" "), ...session, zone, locale };
      const cacheKey = JSON.stringify([audience, claims]);
      const at = now().getTime();
      const known = issued.get(cacheKey);
      if (known !== undefined && at >= known.at && at - known.at < reuseMs) return known.token;
      const token = sign(audience, claims, at);
      issued.set(cacheKey, { token, at });
      token.catch(() => issued.delete(cacheKey));
      return token;
    },
  };
}

/** Verifies the assertions that are meant for `app`. `keyBundle` is the JWKS of all issuers as JSON, `kid` = their id. */
export function createAssertionVerifier(o: {
  app: AppId;
  keyBundle: string;
  now?: () => Date;
}): AssertionVerifier {
  const { app, now = () => new Date() } = o;
  const keys = readBundle(o.keyBundle);
  const verified = new LruMap<string, { principal: Omit<Principal, "requestId">; expires: number }>(
    cacheSize,
  );

  async function check(token: string): Promise<JWTPayload> {
    const { payload } = await jwtVerify(
      token,
      (header) => {
        const key = keys.get(header.kid ?? "");
        if (key === undefined) throw new Error("unknown key");
        return key;
      },
      {
        algorithms: ["EdDSA"],
        audience: app,
        requiredClaims: ["iss", "sub", "exp", "iat"],
        maxTokenAge: lifetimeSeconds,
        clockTolerance: clockSkewSeconds,
        currentDate: now(),
      },
    );
    return payload;
  }

  return {
    async verify(token) {
      const known = verified.get(token);
      if (known !== undefined && now().getTime() < known.expires) return known.principal;
      try {
        const payload = await check(token);
        const principal = readClaims(payload, kidOf(token));
        const { exp = 0, iat = 0 } = payload;
        verified.set(token, { principal, expires: Math.min(exp, iat + lifetimeSeconds) * 1_000 });
        return principal;
      } catch (cause) {
        verified.delete(token);
        throw domainError(ErrorReason.ASSERTION_INVALID, "assertion is not valid", { cause });
      }
    },
  };
}

/** The key id of a token whose signature has been verified. */
function kidOf(token: string): string {
  const [header = ""] = token.split(".");
  return (JSON.parse(Buffer.from(header, "base64url").toString()) as { kid: string }).kid;
}

function readClaims(claims: JWTPayload, kid: string): Omit<Principal, "requestId"> {
  const { iss, sub, act, scope, sid, zone, locale } = claims;
  // Without this an app could sign with its own key in the name of another one.
  if (iss !== kid) throw new Error("issuer and key differ");
  if (!isOneOf(iss, issuerIds) || !isOneOf(act, ["person", "agent", "service"] as const)) {
    throw new Error("unknown issuer or actor");
  }
  if (!isText(sub) || typeof scope !== "string" || !isText(zone) || !isText(locale)) {
    throw new Error("incomplete claims");
  }
  if (sid !== undefined && !isText(sid)) throw new Error("bad session");
  const scopes = scope === "" ? [] : scope.split(" ");
  const session = sid === undefined ? {} : { sessionId: sid };
  return { userId: sub, actor: act, issuer: iss, scopes, ...session, zone, locale };
}

function isOneOf<T extends string>(value: unknown, values: readonly T[]): value is T {
  return values.includes(value as T);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 64;
}

function readBundle(json: string): Map<string, KeyObject> {
  const { keys } = parseJson(json, "key bundle") as { keys?: { kid?: string; d?: string }[] };
  if (!Array.isArray(keys) || keys.length === 0) throw new Error("the key bundle holds no keys");
  return new Map(
    keys.map((jwk) => {
      if (jwk.d !== undefined) throw new Error("the key bundle holds a private key");
      if (jwk.kid === undefined) throw new Error("the key bundle holds a key without kid");
      const key = createPublicKey({ key: jwk as never, format: "jwk" });
      if (key.asymmetricKeyType !== "ed25519") throw new Error(`the key of ${jwk.kid} is not an Ed25519 key`);
      return [jwk.kid, key];
    }),
  );
}

/** Like JSON.parse, but its error never repeats the text, which is a secret. */
function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`the ${what} is not JSON`);
  }
}
