import { ConfigError } from "@todo/kit/config";
import { describe, expect, it } from "vitest";
import { readTaskConfig } from "./config.ts";

const complete = {
  GRPC_PORT: "5001",
  ADMIN_PORT: "5002",
  DATABASE_URL: "postgres://admin@localhost/todo",
  DATABASE_ROLE_PASSWORD: "secret",
  KAFKA_BOOTSTRAP_SERVERS: "a:9092, b:9092",
  APP_API_TOKEN: "token",
  KEY_BUNDLE: "{}",
};

describe("the configuration", () => {
  it("has a default for all that is not about this installation", () => {
    expect(readTaskConfig(complete)).toMatchObject({
      host: "127.0.0.1",
      grpcPort: 5001,
      kafka: { brokers: ["a:9092", "b:9092"] },
      databasePoolSize: 10,
      databaseIdleMs: 30_000,
      topicsNaming: "canonical",
      outboxCap: 50_000,
      logLevel: "info",
      failpoints: {},
    });
  });

  it("names all faults at once", () => {
    const faults = () => {
      try {
        readTaskConfig({ GRPC_PORT: "70000", OUTBOX_CAP: "0", LOG_LEVEL: "loud" });
      } catch (error) {
        if (error instanceof ConfigError) return error.faults.map((fault) => fault.split(" ")[0]);
      }
      return [];
    };
    expect(faults()).toEqual([
      "GRPC_PORT",
      "ADMIN_PORT",
      "LOG_LEVEL",
      "APP_API_TOKEN",
      "KEY_BUNDLE",
      "DATABASE_URL",
      "DATABASE_ROLE_PASSWORD",
      "KAFKA_BOOTSTRAP_SERVERS",
      "OUTBOX_CAP",
    ]);
  });
});
