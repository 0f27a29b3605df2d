import type { KafkaConfig } from "kafkajs";
import type { EnvReader } from "./config.ts";

/** Kafka's own names of the ways in which a client speaks to a listener. */
export const securityProtocols = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] as const;
export type SecurityProtocol = (typeof securityProtocols)[number];

export const hasUsers = (protocol: SecurityProtocol): boolean => protocol.startsWith("SASL_");
export const isEncrypted = (protocol: SecurityProtocol): boolean => protocol.endsWith("SSL");

/** Where a cluster is, and as whom it is spoken to. */
export interface KafkaConnection {
  /** `host:port` of some brokers. */
  readonly brokers: readonly string[];
  /** Proved by SCRAM-SHA-512, which shows no password to the broker. Not set: nobody, whom our own brokers refuse. */
  readonly user?: { readonly name: string; readonly password: string };
  /** Not set: in clear. Without `ca`, as PEM, the authorities of the system are trusted. */
  readonly tls?: { readonly ca?: string };
}

/** The same in the words of kafkajs. */
export function clientOf({ brokers, user, tls }: KafkaConnection): Pick<KafkaConfig, "sasl" | "ssl"> & {
  brokers: string[];
} {
  return {
    brokers: [...brokers],
    ...(user && { sasl: { mechanism: "scram-sha-512", username: user.name, password: user.password } }),
    ...(tls && { ssl: tls.ca === undefined ? true : { ca: [tls.ca] } }),
  };
}

/**
 * Reads `KAFKA_BOOTSTRAP_SERVERS`, `KAFKA_SECURITY_PROTOCOL` (by default PLAINTEXT, as with every client of Kafka),
 * `KAFKA_USERNAME`, `KAFKA_PASSWORD_FILE` and `KAFKA_CA_FILE`. The last three only where the protocol has a use for them.
 */
export function readKafkaConnection(read: EnvReader): KafkaConnection {
  const brokers = read.list("KAFKA_BOOTSTRAP_SERVERS");
  const protocol = read.oneOf("KAFKA_SECURITY_PROTOCOL", securityProtocols, { default: "PLAINTEXT" });
  const ca = isEncrypted(protocol) ? read.secret("KAFKA_CA", { default: "" }) : "";
  return {
    brokers,
    ...(hasUsers(protocol) && {
      user: { name: read.string("KAFKA_USERNAME"), password: read.secret("KAFKA_PASSWORD") },
    }),
    ...(isEncrypted(protocol) && { tls: ca === "" ? {} : { ca } }),
  };
}
