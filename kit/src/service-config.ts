import type { EnvReader } from "./config.ts";
import { type Naming, namings } from "./event-naming/names.ts";
import { type KafkaConnection, readKafkaConnection } from "./kafka-connection.ts";
import { maxGraceMs } from "./run.ts";

/** What every service reads from its environment. */
export interface MeshConfig {
  host: string;
  /** 0: any free one, for tests. */
  grpcPort: number;
  adminPort: number;
  /** Where operators may have heap snapshots put. Not set: nowhere. */
  profileFolder?: string;
  logLevel: string;
  /** How long calls that are under way may take at the end. Milliseconds. */
  shutdownGraceMs: number;
  /** What the sidecar must show with every call. */
  appApiToken: string;
  /** The public keys of all apps, as a JWKS. */
  keyBundle: string;
  /** The own sidecar, by which an app looks whether others reach it. Not set: there is none. */
  sidecar?: { address: string; apiToken: string } | undefined;
  /** Where tests make the process fail. */
  failpoints: { inline?: string; file?: string };
}

/** What every service with a database reads from its environment. */
export interface ServiceConfig extends MeshConfig {
  /** The administrator's DSN: only migrations use it. */
  databaseUrl: string;
  databaseRolePassword: string;
  databasePoolSize: number;
  /** After how long without use a connection is closed. Milliseconds. */
  databaseIdleMs: number;
  kafka: KafkaConnection;
  /** Under which names and in which form events are published besides our own. */
  topicsNaming: Naming;
}

const levels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

export function readMeshConfig(read: EnvReader): MeshConfig {
  const profileFolder = read.optional("PROFILE_FOLDER");
  const [inline, file] = [read.optional("FAILPOINTS"), read.optional("FAILPOINTS_FILE")];
  return {
    host: read.string("HOST", { default: "127.0.0.1" }),
    grpcPort: read.port("GRPC_PORT"),
    adminPort: read.port("ADMIN_PORT"),
    ...(profileFolder !== undefined && { profileFolder }),
    logLevel: read.oneOf("LOG_LEVEL", levels, { default: "info" }),
    shutdownGraceMs: read.integer("SHUTDOWN_GRACE_MS", { default: 10_000, min: 0, max: maxGraceMs }),
    appApiToken: read.secret("APP_API_TOKEN"),
    keyBundle: read.secret("KEY_BUNDLE"),
    sidecar: readSidecar(read),
    failpoints: { ...(inline === undefined ? {} : { inline }), ...(file === undefined ? {} : { file }) },
  };
}

/** The own sidecar. Not set: there is none, and so no way to other apps. */
export function readSidecar(read: EnvReader): { address: string; apiToken: string } | undefined {
  if (read.optional("DAPR_GRPC_PORT") === undefined) return undefined;
  return {
    address: `127.0.0.1:${read.port("DAPR_GRPC_PORT")}`,
    apiToken: read.secret("DAPR_API_TOKEN"),
  };
}

/** `TOPICS_NAMING`; by default our own names alone. */
export function readNaming(read: EnvReader): Naming {
  return read.oneOf("TOPICS_NAMING", namings, { default: "canonical" });
}

export function readServiceConfig(read: EnvReader): ServiceConfig {
  return {
    ...readMeshConfig(read),
    databaseUrl: read.secret("DATABASE_URL"),
    databaseRolePassword: read.secret("DATABASE_ROLE_PASSWORD"),
    databasePoolSize: read.integer("DATABASE_POOL_SIZE", { default: 10, min: 2, max: 200 }),
    databaseIdleMs: read.integer("DATABASE_IDLE_MS", { default: 30_000, min: 100 }),
    kafka: readKafkaConnection(read),
    topicsNaming: readNaming(read),
  };
}
