import { ConfigError } from "@todo/kit/config";
import { describe, expect, it } from "vitest";
import { readIdentityConfig } from "./config.ts";

const good = {
  GRPC_PORT: "0",
  ADMIN_PORT: "0",
  APP_API_TOKEN: "token",
  KEY_BUNDLE: '{"keys":[]}',
  DATABASE_URL: "postgres://postgres@127.0.0.1/postgres",
  DATABASE_ROLE_PASSWORD: "password",
  KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:9092",
  PUBLIC_URL: "https://todo.example/",
  AUTH_SECRET: "0123456789abcdef0123456789abcdef",
};

function faultsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    readIdentityConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe("the configuration", () => {
  it("keeps the origin of the public URL alone, as issuers are compared letter by letter", () => {
    expect(readIdentityConfig(good).publicUrl).toBe("https://todo.example");
  });

  it("lets a whole office sign in unless told otherwise", () => {
    expect(readIdentityConfig(good)).toMatchObject({ signInsPerMinute: 100, callsPerMinute: 1200 });
    expect(readIdentityConfig({ ...good, RATE_LIMIT_SIGN_IN: "7" }).signInsPerMinute).toBe(7);
  });

  it("names every variable that is missing", () => {
    for (const name of Object.keys(good)) expect(faultsOf({}).join("\n")).toContain(name);
  });

  it("names faults of both kinds in one go", () => {
    const faults = faultsOf({
      ...good,
      GRPC_PORT: "seven",
      PUBLIC_URL: "https://todo.example/app",
      AUTH_SECRET: "short",
      CORS_ORIGINS: "https://ok.example, https://*.example/x",
    });
    expect(faults).toHaveLength(4);
    for (const name of ["GRPC_PORT", "PUBLIC_URL", "AUTH_SECRET", "CORS_ORIGINS"]) {
      expect(faults.filter((fault) => fault.startsWith(name))).toHaveLength(1);
    }
  });

  it("never repeats a secret", () => {
    expect(faultsOf({ ...good, AUTH_SECRET: "hunter2" }).join()).not.toContain("hunter2");
  });
});
