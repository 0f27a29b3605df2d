import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readGatewayConfig } from "#src/config.ts";

const needed = {
  DAPR_GRPC_PORT: "50001",
  DAPR_HTTP_PORT: "3500",
  DAPR_API_TOKEN: "api token",
  SIGNING_KEY: "{}",
};

it("needs little, and fills in the rest: 100 calls a minute of a user, 1000 of an address [R099] [R100] [R103]", () => {
  expect(readGatewayConfig(needed)).toEqual({
    host: "127.0.0.1",
    port: 8080,
    admin: { host: "127.0.0.1", port: 9464 },
    allowedHosts: ["localhost", "127.0.0.1", "[::1]"],
    publicUrl: "http://localhost:8080",
    corsOrigins: [],
    sidecar: { grpcPort: 50_001, httpPort: 3500, apiToken: "api token" },
    signingKey: "{}",
    trustedProxies: [],
    rates: {
      address: { all: 1000, read: 1000, write: 1000, expensive: 100, auth: 100 },
      user: { all: 100, read: 100, write: 100, expensive: 10, auth: 10 },
      programs: 60,
    },
    maxCalls: 1024,
    maxCallsPerUser: 64,
    maxUnprovenPerAddress: 64,
    maxPasswordChecks: 32,
    maxPasswordChecksPerAddress: 8,
    maxConnections: 4096,
    maxConnectionsPerAddress: 256,
    shutdownGraceMs: 10_000,
    shutdownLingerMs: 500,
    logLevel: "info",
  });
});

it("takes certificate and key from files, and then is public over TLS", () => {
  const folder = mkdtempSync(join(tmpdir(), "gateway-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "cert.pem"), "a certificate\n");
  writeFileSync(join(folder, "key.pem"), "a key\n");
  const env = {
    ...needed,
    TLS_CERT_FILE: join(folder, "cert.pem"),
    TLS_KEY_FILE: join(folder, "key.pem"),
    PORT: "8443",
  };
  expect(readGatewayConfig(env)).toMatchObject({
    tls: { cert: "a certificate", key: "a key" },
    publicUrl: "https://localhost:8443",
  });
});

it("keeps of the public URL the origin alone, as issuers are compared letter by letter", () => {
  expect(readGatewayConfig({ ...needed, PUBLIC_URL: "https://Todo.Example.org/" }).publicUrl).toBe(
    "https://todo.example.org",
  );
});

it("answers for the public name and this machine's own, or for the hosts that are named", () => {
  const hosts = (env: Record<string, string>) => readGatewayConfig({ ...needed, ...env }).allowedHosts;
  expect(hosts({ PUBLIC_URL: "https://todo.example.org:8443" })).toEqual([
    "todo.example.org",
    "localhost",
    "127.0.0.1",
    "[::1]",
  ]);
  expect(hosts({ ALLOWED_HOSTS: "a.test, *.b.test, [fd00::1], *" })).toEqual([
    "a.test",
    "*.b.test",
    "[fd00::1]",
    "*",
  ]);
});

it("takes other limits, of each class apart", () => {
  const { rates, trustedProxies } = readGatewayConfig({
    ...needed,
    RATE_ADDRESS: "5000",
    RATE_USER: "300",
    RATE_USER_WRITE: "50",
    RATE_USER_PROGRAMS: "200",
    TRUSTED_PROXIES: "10.0.0.0/8, fd00::1",
  });
  expect(rates).toEqual({
    address: { all: 5000, read: 5000, write: 5000, expensive: 100, auth: 100 },
    user: { all: 300, read: 300, write: 50, expensive: 10, auth: 10 },
    programs: 200,
  });
  expect(trustedProxies).toEqual(["10.0.0.0/8", "fd00::1"]);
});

it("names every fault at once, and no secret", () => {
  const env = {
    TLS_CERT: "-----SECRET-----",
    LOG_LEVEL: "loud",
    MAX_CALLS: "0",
    PORT: "99999",
    RATE_USER: "0",
    TRUSTED_PROXIES: "*",
    ALLOWED_HOSTS: "todo.example.org/path",
  };
  expect(() => readGatewayConfig(env)).toThrow(
    expect.objectContaining({
      faults: [
        expect.stringMatching(/^PORT /),
        expect.stringMatching(/^ALLOWED_HOSTS names /),
        expect.stringMatching(/^TLS_KEY /),
        expect.stringMatching(/^DAPR_GRPC_PORT /),
        expect.stringMatching(/^DAPR_HTTP_PORT /),
        expect.stringMatching(/^DAPR_API_TOKEN /),
        expect.stringMatching(/^SIGNING_KEY /),
        expect.stringMatching(/^TRUSTED_PROXIES names /),
        expect.stringMatching(/^RATE_USER /),
        expect.stringMatching(/^MAX_CALLS /),
        expect.stringMatching(/^LOG_LEVEL /),
      ],
    }),
  );
});
