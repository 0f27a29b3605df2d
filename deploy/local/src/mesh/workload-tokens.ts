import { createPrivateKey } from "node:crypto";
import { join } from "node:path";
import { SignJWT } from "jose";
import { writeSecret } from "../secrets/files.ts";
import { sentryId, workloadId } from "./identity.ts";

/** In seconds. */
export interface WorkloadTokenTimes {
  readonly lifetime: number;
  readonly renewEvery: number;
}

const hour = 60 * 60;
const usualTimes: WorkloadTokenTimes = { lifetime: 48 * hour, renewEvery: 12 * hour };

/** The token by which a sidecar proves to sentry whose sidecar it is. */
export async function workloadToken(
  privateJwk: string,
  app: string,
  { lifetime } = usualTimes,
): Promise<string> {
  const jwk: { kid: string } & Record<string, string> = JSON.parse(privateJwk);
  return new SignJWT()
    .setProtectedHeader({ alg: "EdDSA", kid: jwk.kid })
    .setAudience(sentryId)
    .setSubject(workloadId(app))
    .setIssuedAt()
    .setExpirationTime(`${lifetime}s`)
    .sign(createPrivateKey({ key: jwk, format: "jwk" }));
}

/** Keeps the tokens of all sidecars in files, fresh for as long as the system runs: daprd reads them at each renewal. */
export async function keepWorkloadTokens(
  folder: string,
  privateJwk: string,
  apps: readonly string[],
  times = usualTimes,
): Promise<{ fileOf(app: string): string } & Disposable> {
  const fileOf = (app: string) => join(folder, app, "sentry-token");
  const write = async () => {
    for (const app of apps) await writeSecret(fileOf(app), await workloadToken(privateJwk, app, times));
  };
  await write();
  // A failure leaves the old tokens, good for three more turns; the next one tries again.
  const timer = setInterval(() => void write().catch(() => undefined), times.renewEvery * 1_000).unref();
  return { fileOf, [Symbol.dispose]: () => clearInterval(timer) };
}
