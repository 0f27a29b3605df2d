import { ownCall } from "@todo/kit/mesh/own-call";
import type { ProcessSpec } from "../process/managed-process.ts";
import { goMebibytes } from "../process/usage/memory-bounds.ts";
import { answers } from "../process/wait.ts";
import { controlPlaneTrustDomain, namespace } from "./identity.ts";
import { leftOf, shownCertificate } from "./shown-certificate.ts";

export interface SidecarPorts {
  readonly grpc: number;
  readonly http: number;
  readonly internal: number;
  readonly metrics: number;
}

export interface SidecarPlace {
  /** The id of the app, which its instances share. */
  readonly app: string;
  /** Of the instance. */
  readonly name: string;
  readonly program: string;
  readonly ports: SidecarPorts;
  /** The app's gRPC port; none for an app that nobody calls. */
  readonly appPort: number | undefined;
  readonly sentryPort: number;
  /** Folder of the rendered deploy/dapr. */
  readonly config: string;
  readonly resources: string;
  /** The root certificate of the mesh, as PEM. */
  readonly trustAnchors: string;
  readonly tokenFile: string;
  readonly apiToken: string;
  readonly appApiToken: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** How to start the sidecar of an app. Everything listens on loopback, whatever daprd's defaults are. */
export function sidecarSpec(place: SidecarPlace): ProcessSpec {
  return {
    name: `daprd:${place.name}`,
    command: place.program,
    args: [
      ...flags({ ...listeners(place), ...identity(place), ...behaviour }),
      ...["--enable-mtls", "--log-as-json", ...appArguments(place.appPort)],
    ],
    env: {
      ...place.env,
      NAMESPACE: namespace,
      GOMEMLIMIT: `${goMebibytes}MiB`,
      DAPR_TRUST_ANCHORS: place.trustAnchors,
      DAPR_SENTRY_TOKEN_FILE: place.tokenFile,
      DAPR_API_TOKEN: place.apiToken,
      APP_API_TOKEN: place.appApiToken,
    },
    cwd: place.cwd,
    probe: (signal) => answers(`http://127.0.0.1:${place.ports.http}/v1.0/healthz`, signal, [204]),
    readyWithin: 90_000,
    serves: () => serves(place),
    stopWithin: 20_000,
  };
}

/** Takes a call, finds the name that it is for, and shows others a certificate that is valid. */
async function serves({ app, ports, apiToken }: SidecarPlace): Promise<void> {
  using call = ownCall({ app, address: `127.0.0.1:${ports.grpc}`, apiToken, timeoutMs: 3_500 });
  await call();
  const shown = await shownCertificate(ports.internal);
  if (shown === undefined) throw new Error("it shows no certificate to other sidecars");
  if (leftOf(shown, Date.now()) <= 0) throw new Error("its certificate has ended");
}

function listeners({ ports }: SidecarPlace) {
  return {
    "dapr-listen-addresses": "127.0.0.1",
    "dapr-grpc-port": ports.grpc,
    "dapr-http-port": ports.http,
    "dapr-internal-grpc-port": ports.internal,
    // Exactly this address is what the name resolution then registers.
    "dapr-internal-grpc-listen-address": "127.0.0.1",
    "metrics-port": ports.metrics,
    "metrics-listen-address": "127.0.0.1",
  };
}

function identity(place: SidecarPlace) {
  return {
    mode: "standalone",
    "app-id": place.app,
    "sentry-address": `127.0.0.1:${place.sentryPort}`,
    "control-plane-trust-domain": controlPlaneTrustDomain,
    "control-plane-namespace": namespace,
    config: place.config,
    "resources-path": place.resources,
  };
}

/**
 * On SIGTERM daprd takes in no more events and keeps its APIs up for two seconds, then finishes. Without a block
 * duration it would not drain what it holds of Kafka's messages.
 */
const behaviour = {
  "dapr-block-shutdown-duration": "2s",
  "dapr-graceful-shutdown-seconds": 10,
  "max-body-size": "8Mi",
  "log-level": "info",
};

/**
 * `grpc` is a must: under any other protocol no rule of the access policy would match.
 *
 * No health check of the app: a sidecar that found its app unhealthy while deliveries were being retried was seen to take
 * nothing from Kafka any more after the app was back. The retries wait for it anyway.
 */
function appArguments(port: number | undefined): string[] {
  if (port === undefined) return [];
  const app = { "app-protocol": "grpc", "app-port": port, "app-channel-address": "127.0.0.1" };
  return flags(app);
}

function flags(options: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}
