import { join } from "node:path";
import { operator } from "@todo/kit/services";
import { ensureSecret, randomKey, randomSecret, type SecretFile, writeSecret } from "./files.ts";
import { newSigningKey, publicKeySet } from "./signing-keys.ts";

/** What one app and its sidecar keep to themselves. */
export interface AppSecrets {
  /** The private key by which the app signs assertions. */
  readonly signingKey: SecretFile;
  /** Asked by the sidecar of its app. */
  readonly apiToken: SecretFile;
  /** Asked by the app of its sidecar. */
  readonly appApiToken: SecretFile;
  readonly databaseRolePassword: SecretFile;
}

export interface Secrets {
  readonly apps: Readonly<Record<string, AppSecrets>>;
  /** The private key by which operators sign who they are. No app gets it. */
  readonly operatorKey: SecretFile;
  /** The public keys of all apps and of operators. */
  readonly keyBundle: SecretFile;
  readonly authSecret: SecretFile;
  readonly auditMasterKey: SecretFile;
  readonly postgresPassword: SecretFile;
  /** The private key that signs the tokens which sidecars show to sentry. */
  readonly workloadKey: SecretFile;
}

/** Where the key of operators lies among the secrets of a data folder. */
export const operatorKeyFile = (folder: string): string => join(folder, operator, "signing-key.json");

/** What the app asks of its sidecar, and of an operator, who calls it without one. */
export const appApiTokenFile = (folder: string, app: string): string => join(folder, app, "app-api-token");

/** The secrets of a data folder. Each is made once, in a file of its own; a new app gets its own later. */
export async function ensureSecrets(folder: string, apps: readonly string[]): Promise<Secrets> {
  const file = (name: string, make: () => string) => ensureSecret(join(folder, name), make);
  const ofApps: Record<string, AppSecrets> = {};
  for (const app of apps) ofApps[app] = await ensureAppSecrets(folder, app);
  const operatorKey = await ensureSecret(operatorKeyFile(folder), () => newSigningKey(operator));
  const signingKeys = [...Object.values(ofApps).map(({ signingKey }) => signingKey), operatorKey];
  return {
    apps: ofApps,
    operatorKey,
    keyBundle: await writeSecret(
      join(folder, "key-bundle.json"),
      publicKeySet(signingKeys.map(({ value }) => value)),
    ),
    authSecret: await file("auth-secret", randomSecret),
    auditMasterKey: await file("audit-master-key", randomKey),
    postgresPassword: await file("postgres-password", randomSecret),
    workloadKey: await file("workload-key.json", () => newSigningKey("workload")),
  };
}

async function ensureAppSecrets(folder: string, app: string): Promise<AppSecrets> {
  const file = (name: string, make: () => string) => ensureSecret(join(folder, app, name), make);
  return {
    signingKey: await file("signing-key.json", () => newSigningKey(app)),
    apiToken: await file("api-token", randomSecret),
    appApiToken: await ensureSecret(appApiTokenFile(folder, app), randomSecret),
    databaseRolePassword: await file("database-role-password", randomSecret),
  };
}
