import { generateKeyPairSync, randomUUID } from "node:crypto";
import { assertionHeader, createAssertionIssuer, requestIdHeader } from "../assertion.ts";
import type { Principal } from "../principal.ts";
import { type AppId, type Issuer, issuerIds } from "../services.ts";

/** The keys and tokens of one installation, made anew. */
export interface TestKeys {
  /** The private JWK of an issuer, as JSON. */
  signingKey(issuer: Issuer): string;
  /** The JWKS with the public keys of all issuers, as JSON. */
  keyBundle: string;
  appApiToken: string;
  apiToken: string;
  /** The metadata of a call that `issuer` makes to `audience` on behalf of a user. */
  headers(
    audience: AppId,
    principal: Partial<Omit<Principal, "issuer">> & { userId: string },
    issuer?: Issuer,
  ): Promise<Record<string, string>>;
}

/** Every scope that a method of ours asks for. */
export const allScopes = [
  "tasks:read",
  "tasks:write",
  "profile:read",
  "profile:write",
  "audit:read",
  "tokens:read",
  "tokens:write",
  "sessions:read",
  "sessions:write",
  "account:read",
  "account:write",
] as const;

export function testKeys(): TestKeys {
  const pairs = new Map(issuerIds.map((issuer) => [issuer, makePair(issuer)]));
  const appApiToken = randomUUID();
  const pair = (issuer: Issuer) => pairs.get(issuer) ?? makePair(issuer);
  return {
    signingKey: (issuer) => JSON.stringify(pair(issuer).privateKey),
    keyBundle: JSON.stringify({ keys: [...pairs.values()].map(({ publicKey }) => publicKey) }),
    appApiToken,
    apiToken: randomUUID(),
    async headers(audience, principal, issuer = "gateway") {
      const { actor = "person", scopes = allScopes, zone = "UTC", locale = "en", requestId } = principal;
      const { sessionId } = principal;
      const { assert } = createAssertionIssuer({
        app: issuer,
        signingKey: JSON.stringify(pair(issuer).privateKey),
      });
      const claims = { userId: principal.userId, actor, scopes, zone, locale };
      const token = await assert(audience, { ...claims, ...(sessionId !== undefined && { sessionId }) });
      return {
        "dapr-api-token": appApiToken,
        [assertionHeader]: token,
        [requestIdHeader]: requestId ?? randomUUID(),
      };
    },
  };
}

function makePair(issuer: Issuer) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const extra = { kid: issuer, alg: "EdDSA", use: "sig" };
  return {
    privateKey: { ...privateKey.export({ format: "jwk" }), ...extra },
    publicKey: { ...publicKey.export({ format: "jwk" }), ...extra },
  };
}
