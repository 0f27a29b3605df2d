import { describe, expect, it } from "vitest";
import { baseEnvironment, otlpEndpoint, sidecarTelemetry } from "./environment.ts";

describe("the environment that is passed on", () => {
  it("leaks nothing that is not meant for every process", () => {
    const env = { PATH: "/bin", PORT: "80", DATABASE_URL: "postgres://x", AWS_SECRET_ACCESS_KEY: "s" };
    expect(baseEnvironment(env)).toEqual({ PATH: "/bin" });
  });

  it("has no traces without an endpoint", () => {
    expect(otlpEndpoint({ OTEL_EXPORTER_OTLP_ENDPOINT: "" })).toBeUndefined();
    expect(sidecarTelemetry({})).toEqual({});
  });

  it("tells sidecars the protocol that the standard means when it names none", () => {
    expect(sidecarTelemetry({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" })).toMatchObject({
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_INSECURE: "true",
    });
  });
});
