import { generateKeyPairSync, randomUUID } from "node:crypto";
import { assertionHeader, createAssertionIssuer, requestIdHeader } from "../assertion.ts";
import type { Principal } from "../principal.ts";
import { type AppId, appIds } from "../services.ts";

/** The keys and tokens of one installation, made anew. */
export interface TestKeys {
  /** The private JWK of an app, as JSON. */
  signingKey(app: AppId): string;
  /** The JWKS with the public keys of all apps, as JSON. */
  keyBundle: string;
  appApiToken: string;
  apiToken: string;
  /** The metadata of a call that `issuer` makes to `audience` on behalf of a user. */
  headers(
    audience: AppId,
    principal: Partial<Omit<Principal, "issuer">> & { userId: string },
    issuer?: AppId,
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
  const pairs = new Map(appIds.map((app) => [app, makePair(app)]));
  const appApiToken = randomUUID();
  const pair = (app: AppId) => pairs.get(app) ?? makePair(app);
  return {
    signingKey: (app) => JSON.stringify(pair(app).privateKey),
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

function makePair(app: AppId) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const extra = { kid: app, alg: "EdDSA", use: "sig" };
  return {
    privateKey: { ...privateKey.export({ format: "jwk" }), ...extra },
    publicKey: { ...publicKey.export({ format: "jwk" }), ...extra },
  };
}
