import type { ProcessSpec } from "../process/managed-process.ts";
import { goMebibytes } from "../process/usage/memory-bounds.ts";
import { answers } from "../process/wait.ts";
import { exists } from "../toolchain/cache.ts";
import { rootCertificate } from "./authority.ts";
import { controlPlaneTrustDomain, namespace } from "./identity.ts";

export interface SentryPlace {
  readonly program: string;
  readonly authority: string;
  readonly config: string;
  readonly ports: { readonly grpc: number; readonly health: number };
  readonly env: Readonly<Record<string, string>>;
}

/** How to start sentry, the certificate authority of the mesh. */
export function sentrySpec(place: SentryPlace): ProcessSpec {
  const options = {
    mode: "standalone",
    "listen-address": "127.0.0.1",
    port: place.ports.grpc,
    // Sentry 1.18.3 knows an address for this and does not heed it: health is answered on all interfaces.
    "healthz-listen-address": "127.0.0.1",
    "healthz-port": place.ports.health,
    "trust-domain": controlPlaneTrustDomain,
    "issuer-credentials": place.authority,
    config: place.config,
    "log-level": "info",
  };
  return {
    name: "sentry",
    command: place.program,
    args: [
      ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
      "--log-as-json",
      // Its metrics would be on all interfaces as well.
      "--enable-metrics=false",
    ],
    env: { ...place.env, NAMESPACE: namespace, GOMEMLIMIT: `${goMebibytes}MiB` },
    cwd: place.authority,
    probe: async (signal) => {
      await answers(`http://127.0.0.1:${place.ports.health}/healthz`, signal);
      if (!(await exists(rootCertificate(place.authority)))) throw new Error("there is no certificate yet");
    },
    readyWithin: 30_000,
    serves: (signal) => answers(`http://127.0.0.1:${place.ports.health}/healthz`, signal),
    stopWithin: 5_000,
  };
}
