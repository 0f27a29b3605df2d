import { createPrivateKey } from "node:crypto";
import { join } from "node:path";
import { SignJWT } from "jose";
import { writeSecret } from "../secrets/files.ts";
import { sentryId, workloadId } from "./identity.ts";

const lifetime = "48h";
const renewEveryMs = 12 * 60 * 60 * 1000;

/** The token by which a sidecar proves to sentry whose sidecar it is. */
export async function workloadToken(privateJwk: string, app: string): Promise<string> {
  const jwk: { kid: string } & Record<string, string> = JSON.parse(privateJwk);
  return new SignJWT()
    .setProtectedHeader({ alg: "EdDSA", kid: jwk.kid })
    .setAudience(sentryId)
    .setSubject(workloadId(app))
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(createPrivateKey({ key: jwk, format: "jwk" }));
}

/** Keeps the tokens of all sidecars in files, fresh for as long as the system runs: daprd reads them at each renewal. */
export async function keepWorkloadTokens(
  folder: string,
  privateJwk: string,
  apps: readonly string[],
): Promise<{ fileOf(app: string): string } & Disposable> {
  const fileOf = (app: string) => join(folder, app, "sentry-token");
  const write = async () => {
    for (const app of apps) await writeSecret(fileOf(app), await workloadToken(privateJwk, app));
  };
  await write();
  // A failure leaves the old tokens, good for a day and a half more; the next turn tries again.
  const timer = setInterval(() => void write().catch(() => undefined), renewEveryMs).unref();
  return { fileOf, [Symbol.dispose]: () => clearInterval(timer) };
}
