import { ConfigError } from "@todo/kit/config";
import { describe, expect, it } from "vitest";
import { readAuditConfig } from "#src/config.ts";

const env = {
  GRPC_PORT: "0",
  ADMIN_PORT: "0",
  APP_API_TOKEN: "token",
  KEY_BUNDLE: '{"keys":[]}',
  DATABASE_URL: "postgres://admin@localhost/todo",
  DATABASE_ROLE_PASSWORD: "secret",
  KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:9092",
  AUDIT_MASTER_KEY: Buffer.alloc(32, 7).toString("base64"),
};

function faultsOf(changes: Record<string, string | undefined>): readonly string[] {
  try {
    readAuditConfig({ ...env, ...changes });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe("readAuditConfig", () => {
  it("reads the master key as 32 bytes", () => {
    expect(Buffer.from(readAuditConfig(env).masterKey)).toEqual(Buffer.alloc(32, 7));
  });

  it.each(["", "c2hvcnQ=", Buffer.alloc(33).toString("base64"), "not base64 at all, but of a fair length"])(
    "refuses %j as master key, without repeating it",
    (key) => {
      const faults = faultsOf({ AUDIT_MASTER_KEY: key });
      expect(faults).toHaveLength(1);
      expect(faults[0]).toMatch(/^AUDIT_MASTER_KEY /);
      if (key !== "") expect(faults[0]).not.toContain(key);
    },
  );

  it("names all faults at once", () => {
    const faults = faultsOf({ AUDIT_MASTER_KEY: "x", GRPC_PORT: "99999", DATABASE_URL: undefined });
    expect(faults.map((fault) => fault.split(" ")[0]).sort()).toEqual([
      "AUDIT_MASTER_KEY",
      "DATABASE_URL",
      "GRPC_PORT",
    ]);
  });
});
