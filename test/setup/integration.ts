import { readFileSync } from "node:fs";
import type { KafkaConnection } from "@todo/kit/kafka-connection";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** The administrator's DSN of a Postgres that the tests share. */
    databaseUrl: string;
    /** A Kafka broker that the tests share, as its administrator. */
    kafka: KafkaConnection;
  }
}

/** Gives the integration tests one Postgres and one Kafka for the whole run. */
export default async function setup(project: TestProject): Promise<void> {
  const { TEST_DATABASE_URL, TEST_KAFKA, TEST_KAFKA_PASSWORD_FILE: passwordFile } = process.env;
  if (TEST_DATABASE_URL === undefined || TEST_KAFKA === undefined) {
    throw new Error("TEST_DATABASE_URL and TEST_KAFKA must name a Postgres and a Kafka");
  }
  project.provide("databaseUrl", TEST_DATABASE_URL);
  project.provide("kafka", {
    brokers: TEST_KAFKA.split(","),
    ...(passwordFile && { user: { name: "admin", password: readFileSync(passwordFile, "utf8").trim() } }),
  });
}
