import { readConfig } from "@todo/kit/config";
import { maxGraceMs } from "@todo/kit/run";
import { isNetwork } from "#src/client-address.ts";
import { defaultHosts, isHost } from "#src/hosts.ts";
import { type RateConfig, readRates } from "#src/rate/config.ts";

export interface GatewayConfig {
  host: string;
  port: number;
  /** Where operators read health and metrics. 0: any free port. */
  admin: { host: string; port: number };
  /** Where operators may have heap snapshots put. Not set: nowhere. */
  profileFolder?: string;
  /** The hosts that a request may be meant for, such as `todo.example.org` or `localhost:8080`. */
  allowedHosts: string[];
  /** Where callers reach the gateway, as an origin. It is also issuer and audience of the tokens. */
  publicUrl: string;
  /** Certificate chain and key in PEM. Without them the port speaks clear text. */
  tls?: { cert: string; key: string };
  /** Foreign origins whose pages may call with a token. */
  corsOrigins: string[];
  sidecar: { grpcPort: number; httpPort: number; apiToken: string };
  /** The private key of this app, as JWK. */
  signingKey: string;
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  trustedProxies: string[];
  rates: RateConfig;
  /** How many calls may be at work at once; a stream is one call. */
  maxCalls: number;
  /** The same, of one user. */
  maxCallsPerUser: number;
  /** Of one client address: requests whose caller is not known yet, or whose body is not there. */
  maxUnprovenPerAddress: number;
  /** How many requests that try a password identity may have at once. */
  maxPasswordChecks: number;
  /** The same, of one client address. */
  maxPasswordChecksPerAddress: number;
  maxConnections: number;
  /** Of one client address; trusted proxies may have more. */
  maxConnectionsPerAddress: number;
  shutdownGraceMs: number;
  /** How long connections on which nothing happens are kept at the end, for requests that are on their way. */
  shutdownLingerMs: number;
  logLevel: string;
}

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
const tlsVariables = ["TLS_CERT", "TLS_CERT_FILE", "TLS_KEY", "TLS_KEY_FILE"];

/** Reads the environment. Throws a ConfigError that names every fault. */
export function readGatewayConfig(env: Readonly<Record<string, string | undefined>>): GatewayConfig {
  return readConfig(env, (read) => {
    const port = read.port("PORT", { default: 8080 });
    const tls = tlsVariables.some((name) => read.optional(name) !== undefined);
    const profileFolder = read.optional("PROFILE_FOLDER");
    const publicUrl = read.url("PUBLIC_URL", { default: `${tls ? "https" : "http"}://localhost:${port}` });
    return {
      host: read.string("HOST", { default: "127.0.0.1" }),
      port,
      admin: {
        host: read.string("ADMIN_HOST", { default: "127.0.0.1" }),
        port: read.port("ADMIN_PORT", { default: 9464 }),
      },
      ...(profileFolder !== undefined && { profileFolder }),
      allowedHosts: read.list("ALLOWED_HOSTS", {
        default: defaultHosts(new URL(publicUrl).hostname),
        each: { test: isHost, rule: "names something that is no host" },
      }),
      publicUrl: new URL(publicUrl).origin,
      ...(tls && { tls: { cert: read.secret("TLS_CERT"), key: read.secret("TLS_KEY") } }),
      corsOrigins: read.list("CORS_ORIGINS", { default: [] }),
      sidecar: {
        grpcPort: read.port("DAPR_GRPC_PORT"),
        httpPort: read.port("DAPR_HTTP_PORT"),
        apiToken: read.secret("DAPR_API_TOKEN"),
      },
      signingKey: read.secret("SIGNING_KEY"),
      trustedProxies: read.list("TRUSTED_PROXIES", {
        default: [],
        each: { test: isNetwork, rule: "names something that is no address and no network" },
      }),
      rates: readRates(read),
      maxCalls: read.integer("MAX_CALLS", { default: 1024, min: 1, max: 100_000 }),
      maxCallsPerUser: read.integer("MAX_CALLS_PER_USER", { default: 64, min: 1, max: 100_000 }),
      maxUnprovenPerAddress: read.integer("MAX_UNPROVEN_PER_ADDRESS", { default: 64, min: 1, max: 100_000 }),
      maxPasswordChecks: read.integer("MAX_PASSWORD_CHECKS", { default: 32, min: 1, max: 10_000 }),
      maxPasswordChecksPerAddress: read.integer("MAX_PASSWORD_CHECKS_PER_ADDRESS", {
        default: 8,
        min: 1,
        max: 10_000,
      }),
      maxConnections: read.integer("MAX_CONNECTIONS", { default: 4096, min: 1, max: 100_000 }),
      maxConnectionsPerAddress: read.integer("MAX_CONNECTIONS_PER_ADDRESS", {
        default: 256,
        min: 1,
        max: 100_000,
      }),
      shutdownGraceMs: read.integer("SHUTDOWN_GRACE_MS", { default: 10_000, min: 0, max: maxGraceMs }),
      shutdownLingerMs: read.integer("SHUTDOWN_LINGER_MS", { default: 500, min: 0, max: maxGraceMs }),
      logLevel: read.oneOf("LOG_LEVEL", logLevels, { default: "info" }),
    };
  });
}
