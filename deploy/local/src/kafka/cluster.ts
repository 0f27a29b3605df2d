import { readFile } from "node:fs/promises";
import {
  hasUsers,
  isEncrypted,
  type KafkaConnection,
  type SecurityProtocol,
  securityProtocols,
} from "@todo/kit/kafka-connection";
import { passwordFile, passwordOf } from "./credentials.ts";

/** A Kafka that a system uses, its own or somebody else's. */
export interface KafkaCluster {
  /** `host:port` of some brokers, with commas between. */
  readonly bootstrap: string;
  readonly protocol: SecurityProtocol;
  /** The folder with a password file for each user, where there are users. */
  readonly credentials?: string;
  /** A file with the authorities that signed the brokers' certificates, as PEM; by default those of the system. */
  readonly caFile?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Somebody else's cluster, as the launcher's environment names it: `KAFKA_BOOTSTRAP_SERVERS`, and where it asks for them
 * `KAFKA_SECURITY_PROTOCOL`, `KAFKA_CREDENTIALS_DIR` and `KAFKA_CA_FILE`. `undefined`: it names none.
 */
export function foreignCluster(env: Environment): KafkaCluster | undefined {
  const bootstrap = env["KAFKA_BOOTSTRAP_SERVERS"] || undefined;
  if (bootstrap === undefined) return undefined;
  const protocol = protocolIn(env) ?? "PLAINTEXT";
  const credentials = env["KAFKA_CREDENTIALS_DIR"] || undefined;
  if (hasUsers(protocol) && credentials === undefined)
    throw new Error(`KAFKA_CREDENTIALS_DIR must name a folder of passwords: ${protocol} asks for users`);
  const caFile = env["KAFKA_CA_FILE"] || undefined;
  return {
    bootstrap,
    protocol,
    ...(credentials !== undefined && hasUsers(protocol) && { credentials }),
    ...(caFile !== undefined && isEncrypted(protocol) && { caFile }),
  };
}

/** The protocol that `KAFKA_SECURITY_PROTOCOL` names, if it does. */
export function protocolIn(env: Environment): SecurityProtocol | undefined {
  const name = env["KAFKA_SECURITY_PROTOCOL"] || undefined;
  if (name === undefined) return undefined;
  const found = securityProtocols.find((one) => one === name);
  if (found === undefined)
    throw new Error(`KAFKA_SECURITY_PROTOCOL is none of ${securityProtocols.join(", ")}`);
  return found;
}

/** What names a cluster to a launcher. */
export function clusterEnvironment({ bootstrap, protocol, credentials, caFile }: KafkaCluster) {
  return {
    KAFKA_BOOTSTRAP_SERVERS: bootstrap,
    KAFKA_SECURITY_PROTOCOL: protocol,
    ...(credentials !== undefined && { KAFKA_CREDENTIALS_DIR: credentials }),
    ...(caFile !== undefined && { KAFKA_CA_FILE: caFile }),
  };
}

/** What an app reads to speak to a cluster as a user. */
export function appKafkaEnvironment(cluster: KafkaCluster, user: string): Record<string, string> {
  const { bootstrap, protocol, credentials, caFile } = cluster;
  return {
    KAFKA_BOOTSTRAP_SERVERS: bootstrap,
    KAFKA_SECURITY_PROTOCOL: protocol,
    ...(credentials !== undefined && {
      KAFKA_USERNAME: user,
      KAFKA_PASSWORD_FILE: passwordFile(credentials, user),
    }),
    ...(caFile !== undefined && { KAFKA_CA_FILE: caFile }),
  };
}

/** The same for its sidecar, which reads no file: the component takes both from the environment. */
export async function sidecarKafkaEnvironment(
  { credentials }: KafkaCluster,
  user: string,
): Promise<Record<string, string>> {
  if (credentials === undefined) return {};
  return { KAFKA_USERNAME: user, KAFKA_PASSWORD: await passwordOf(credentials, user) };
}

/** What the component of all sidecars is filled in with. */
export async function componentValues({ bootstrap, protocol, caFile }: KafkaCluster) {
  return {
    KAFKA_BROKERS: bootstrap,
    KAFKA_AUTH_TYPE: hasUsers(protocol) ? "password" : isEncrypted(protocol) ? "certificate" : "none",
    KAFKA_DISABLE_TLS: String(!isEncrypted(protocol)),
    KAFKA_CA: caFile === undefined ? "" : await readFile(caFile, "utf8"),
  };
}

/** A connection to a cluster as a user. */
export async function connectionTo(cluster: KafkaCluster, user: string): Promise<KafkaConnection> {
  const { bootstrap, protocol, credentials, caFile } = cluster;
  return {
    brokers: bootstrap.split(","),
    ...(credentials !== undefined && {
      user: { name: user, password: await passwordOf(credentials, user) },
    }),
    ...(isEncrypted(protocol) && {
      tls: caFile === undefined ? {} : { ca: await readFile(caFile, "utf8") },
    }),
  };
}
