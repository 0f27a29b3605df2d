import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "./config.ts";
import { clientOf, readKafkaConnection } from "./kafka-connection.ts";

const read = (env: Record<string, string>) =>
  readConfig({ KAFKA_BOOTSTRAP_SERVERS: "a:1, b:2", ...env }, readKafkaConnection);

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    read(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
  }
  return [];
}

describe("a connection to Kafka", () => {
  it("is one of nobody and in clear unless it is said otherwise", () => {
    expect(read({})).toEqual({ brokers: ["a:1", "b:2"] });
  });

  it("proves a user by SCRAM-SHA-512 [R068]", () => {
    const env = {
      KAFKA_SECURITY_PROTOCOL: "SASL_PLAINTEXT",
      KAFKA_USERNAME: "task",
      KAFKA_PASSWORD: "secret",
    };
    expect(clientOf(read(env))).toEqual({
      brokers: ["a:1", "b:2"],
      sasl: { mechanism: "scram-sha-512", username: "task", password: "secret" },
    });
  });

  it("is encrypted by a switch, trusting the system or an authority of one's own [R068]", () => {
    const env = { KAFKA_SECURITY_PROTOCOL: "SASL_SSL", KAFKA_USERNAME: "task", KAFKA_PASSWORD: "secret" };
    expect(clientOf(read(env)).ssl).toBe(true);
    expect(clientOf(read({ ...env, KAFKA_CA: "PEM" })).ssl).toEqual({ ca: ["PEM"] });
  });

  it("asks for the name and the password that its protocol needs", () => {
    expect(faultsOf({ KAFKA_SECURITY_PROTOCOL: "SASL_SSL" })).toEqual([
      "KAFKA_USERNAME is not set",
      "KAFKA_PASSWORD is not set",
    ]);
    expect(faultsOf({ KAFKA_SECURITY_PROTOCOL: "TLS" })).toEqual([
      "KAFKA_SECURITY_PROTOCOL is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL",
    ]);
  });
});
