import { describe, expect, it } from "vitest";
import { missing } from "../prerequisites.mjs";

describe("the prerequisites", () => {
  it("are named one by one where they are missing, each with its reason", () => {
    expect(missing("start", { PATH: "/nowhere" })).toEqual([
      "Go 1.21 or newer is missing: it builds the sidecars",
      "Java 17 or newer is missing: Kafka runs on it",
      "Maven 3 or newer is missing: it fetches Kafka",
    ]);
  });

  it("are not asked for what somebody else provides", () => {
    const env = {
      PATH: "/nowhere",
      KAFKA_BOOTSTRAP_SERVERS: "kafka:9092",
      DAPRD_PATH: "/d",
      SENTRY_PATH: "/s",
    };
    expect(missing("start", env)).toEqual([]);
  });

  it("are not asked for by commands that only read the repository", () => {
    expect(missing("check", { PATH: "/nowhere" })).toEqual([]);
  });
});
