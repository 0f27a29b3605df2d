import { baseEnvironment, telemetryEnvironment } from "../environment.ts";
import { appKafkaEnvironment, type KafkaCluster } from "../kafka/cluster.ts";
import type { AppSecrets, Secrets } from "../secrets/secrets.ts";
import type { AppEntry, Need } from "../topology.ts";
import { settingsFor } from "./settings.ts";

/** The ports of one app and its sidecar, all on loopback. */
export interface AppPorts {
  /** Where the app serves gRPC; the gateway's one port for everything. */
  readonly app: number;
  /** Health and metrics, for operators. */
  readonly admin: number;
  readonly daprGrpc: number;
  readonly daprHttp: number;
  readonly daprInternal: number;
  readonly daprMetrics: number;
}

export interface AppSurroundings {
  readonly ports: AppPorts;
  readonly secrets: Secrets;
  readonly publicUrl: string;
  readonly kafka: KafkaCluster;
  /** A file with the DSN of the administrator. */
  readonly databaseUrlFile: string;
}

type Environment = Record<string, string>;

/** The whole environment of an app's process. What the launcher sets itself wins over the settings that it was given. */
export function processEnvironment(
  entry: AppEntry,
  around: AppSurroundings,
  env: Readonly<Record<string, string | undefined>>,
): Environment {
  return {
    ...baseEnvironment(env),
    ...telemetryEnvironment(env),
    OTEL_SERVICE_NAME: entry.id,
    ...settingsFor(entry.id, env),
    ...appEnvironment(entry, around),
  };
}

/** What an app reads from its environment. Secrets are handed over as files. */
export function appEnvironment(entry: AppEntry, around: AppSurroundings): Environment {
  const own = around.secrets.apps[entry.id];
  if (own === undefined) throw new Error(`there are no secrets for ${entry.id}`);
  return {
    ...listeners(entry, around),
    ...sidecar(own, around),
    ...Object.assign({}, ...entry.needs.map((need) => needed(need, entry, own, around))),
  };
}

function listeners(entry: AppEntry, { ports, publicUrl }: AppSurroundings): Environment {
  const common = { HOST: "127.0.0.1", ADMIN_PORT: `${ports.admin}` };
  if (entry.serves === "outside") return { ...common, PORT: `${ports.app}`, PUBLIC_URL: publicUrl };
  return { ...common, GRPC_PORT: `${ports.app}` };
}

function sidecar(own: AppSecrets, { ports, secrets }: AppSurroundings): Environment {
  return {
    DAPR_GRPC_PORT: `${ports.daprGrpc}`,
    DAPR_HTTP_PORT: `${ports.daprHttp}`,
    DAPR_API_TOKEN_FILE: own.apiToken.path,
    APP_API_TOKEN_FILE: own.appApiToken.path,
    SIGNING_KEY_FILE: own.signingKey.path,
    KEY_BUNDLE_FILE: secrets.keyBundle.path,
  };
}

function needed(need: Need, entry: AppEntry, own: AppSecrets, around: AppSurroundings): Environment {
  switch (need) {
    case "database":
      return {
        DATABASE_URL_FILE: around.databaseUrlFile,
        DATABASE_ROLE_PASSWORD_FILE: own.databaseRolePassword.path,
      };
    case "kafka":
      return appKafkaEnvironment(around.kafka, entry.id);
    case "public-url":
      return { PUBLIC_URL: around.publicUrl };
    case "auth-secret":
      return { AUTH_SECRET_FILE: around.secrets.authSecret.path };
    case "audit-master-key":
      return { AUDIT_MASTER_KEY_FILE: around.secrets.auditMasterKey.path };
    default:
      return need satisfies never;
  }
}
