type Environment = Readonly<Record<string, string | undefined>>;

const passedOn = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE"];

/** Of the launcher's environment what every process may see. Nothing else leaks into them by accident. */
export function baseEnvironment(env: Environment): Record<string, string> {
  return pick(env, (name) => passedOn.includes(name));
}

/** Where traces go, for apps. */
export function telemetryEnvironment(env: Environment): Record<string, string> {
  return pick(env, (name) => name.startsWith("OTEL_") || name === "LOG_LEVEL");
}

export function otlpEndpoint(env: Environment): string | undefined {
  const found = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  return found === "" ? undefined : found;
}

/** The same for sidecars: daprd takes another protocol than the standard says where none is named, and no plain URL. */
export function sidecarTelemetry(env: Environment): Record<string, string> {
  const endpoint = otlpEndpoint(env);
  if (endpoint === undefined) return {};
  const protocol = env["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] || env["OTEL_EXPORTER_OTLP_PROTOCOL"];
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol || "http/protobuf",
    OTEL_EXPORTER_OTLP_INSECURE: String(!endpoint.startsWith("https://")),
  };
}

function pick(env: Environment, wanted: (name: string) => boolean): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && wanted(name)) found[name] = value;
  return found;
}
