import { generateKeyPairSync } from "node:crypto";

/** A private Ed25519 key as JWK (RFC 8037) whose `kid` says whose it is. */
export function newSigningKey(kid: string): string {
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  return JSON.stringify({ ...jwk, kid, alg: "EdDSA", use: "sig" });
}

/** The public halves of private JWKs, as a key set (RFC 7517). */
export function publicKeySet(privateKeys: readonly string[]): string {
  const keys = privateKeys.map((text) => {
    const { kty, crv, x, kid, alg, use }: Record<string, string> = JSON.parse(text);
    return { kty, crv, x, kid, alg, use };
  });
  return JSON.stringify({ keys });
}
