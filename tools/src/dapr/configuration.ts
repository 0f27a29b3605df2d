import type { AppId } from "@todo/kit/services";
import { accessControl } from "./access-policy.ts";
import { placeholder, type Yaml } from "./yaml.ts";

/**
 * For SQLite (ADR 18): names that are valid for ten years are never renewed, so no lock can starve a renewal, and daprd's
 * clean-up, which deletes the living, is off.
 */
const names = {
  connectionString: placeholder("NAME_RESOLUTION_DATABASE"),
  updateInterval: "87600h",
  cleanupInterval: "0",
  busyTimeout: "5s",
};

/** The configuration of an app's sidecar. */
export function configuration(app: AppId): Yaml {
  return {
    apiVersion: "dapr.io/v1alpha1",
    kind: "Configuration",
    metadata: { name: app },
    spec: {
      accessControl: accessControl(app),
      nameResolution: {
        component: placeholder("NAME_RESOLUTION"),
        version: "v1",
        configuration: names,
      },
      // "0" also switches daprd's interceptors off. Where the spans go, daprd reads from OTEL_EXPORTER_OTLP_*.
      tracing: { samplingRate: placeholder("TRACE_SAMPLING_RATE") },
      metrics: { enabled: true, recordErrorCodes: true, http: { increasedCardinality: false } },
      logging: { apiLogging: { enabled: false, omitHealthChecks: true } },
      features: [{ name: "HotReload", enabled: false }],
    },
  };
}

/** The configuration of sentry: it signs an identity only for who shows a token of our key. */
export function sentryConfiguration(): Yaml {
  return {
    apiVersion: "dapr.io/v1alpha1",
    kind: "Configuration",
    metadata: { name: "sentry" },
    spec: {
      mtls: {
        enabled: true,
        workloadCertTTL: placeholder("WORKLOAD_CERTIFICATE_TTL"),
        allowedClockSkew: "1m",
        tokenValidators: [{ name: "jwks", options: { source: placeholder("IDENTITY_JWKS") } }],
      },
    },
  };
}
