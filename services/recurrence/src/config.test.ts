import { ConfigError } from "@todo/kit/config";
import { expect, it } from "vitest";
import { readRecurrenceConfig } from "./config.ts";
import { askTimeoutMs } from "./task-advance.ts";

const env = {
  GRPC_PORT: "0",
  ADMIN_PORT: "0",
  APP_API_TOKEN: "token",
  KEY_BUNDLE: '{"keys":[]}',
  SIGNING_KEY: "{}",
  DATABASE_URL: "postgres://admin@localhost/todo",
  DATABASE_ROLE_PASSWORD: "secret",
  KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:9092",
};

it("without a sidecar there is no way to task, with one its token is demanded", () => {
  expect(readRecurrenceConfig(env).sidecar).toBeUndefined();
  const beside = { ...env, DAPR_GRPC_PORT: "3501" };
  expect(readRecurrenceConfig({ ...beside, DAPR_API_TOKEN: "secret" }).sidecar).toEqual({
    address: "127.0.0.1:3501",
    apiToken: "secret",
  });
  expect(() => readRecurrenceConfig(beside)).toThrow(ConfigError);
});

it("an advance belongs to who claimed it for longer than task may take to answer, and soon to others if that one is dead", () => {
  const { advanceLeaseMs } = readRecurrenceConfig(env);
  expect(advanceLeaseMs).toBeGreaterThan(askTimeoutMs + 2_000);
  expect(advanceLeaseMs).toBeLessThanOrEqual(10_000);
  expect(() => readRecurrenceConfig({ ...env, ADVANCE_LEASE_MS: "1" })).toThrow(ConfigError);
});
