import type { AppPorts } from "./apps/environment.ts";
import type { DataFolder } from "./data-folder.ts";
import type { KafkaCluster } from "./kafka/cluster.ts";
import type { WorkloadTokenTimes } from "./mesh/workload-tokens.ts";
import type { Death, ManagedProcess } from "./process/managed-process.ts";
import type { RestartOptions } from "./process/restarts.ts";
import type { SecretFile } from "./secrets/files.ts";
import type { Report } from "./toolchain/cache.ts";

export interface LocalSystemOptions {
  /** Where everything lies; made if it is missing. */
  readonly dataDir: string;
  /** The launcher's environment: the search path, the cache folder, DATABASE_URL, KAFKA_*, OTEL_*. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The gateway's port. By default, and for everything else, ports are found. */
  readonly gatewayPort?: number;
  /** Ids of the apps to start; by default all. */
  readonly apps?: readonly string[];
  /** How many instances of an app run, each beside a sidecar of its own under the one id; by app id, by default one. */
  readonly replicas?: Readonly<Record<string, number>>;
  /** Further variables, by app id: failpoints, limits, shorter times. They win over what the system sets itself. */
  readonly appEnvironment?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** How long the certificates of sidecars live, in Go's notation; by default 24h. */
  readonly workloadCertificateTtl?: string;
  /** How long the tokens live by which sidecars prove themselves to sentry, and how often they are written anew. */
  readonly workloadTokens?: WorkloadTokenTimes;
  /** Further properties of the broker; they win over what the system sets itself. */
  readonly kafkaProperties?: Readonly<Record<string, string | number>>;
  /** Told what happens, in one line each. */
  readonly report?: Report;
  /** Told of each process that ends by itself once the system is ready. */
  readonly onDeath?: (death: Death) => void;
  /** Gives up the start. */
  readonly signal?: AbortSignal;
}

/** One instance of an app with its sidecar. */
export interface LocalApp {
  /** Instances of one app share it, and with it all secrets. */
  readonly id: string;
  readonly ports: AppPorts;
  /** Asked by the sidecar of its app, as metadata `dapr-api-token`. */
  readonly apiToken: SecretFile;
  /** Asked by the app of its sidecar, as metadata `dapr-api-token`. */
  readonly appApiToken: SecretFile;
  /** The private JWK by which the app signs assertions. */
  readonly signingKey: SecretFile;
  /** The token by which the sidecar proves itself to sentry. */
  readonly sentryTokenFile: string;
}

/** A whole running system. Disposing of it stops everything in order. */
export interface LocalSystem extends AsyncDisposable {
  readonly folder: DataFolder;
  readonly gatewayUrl: string;
  /** By name: the first instance of an app is named by its id, the others `task#2` and so on. */
  readonly apps: Readonly<Record<string, LocalApp>>;
  readonly kafka: KafkaCluster;
  readonly database: { readonly adminUrl: string };
  readonly sentry: { readonly port: number; readonly rootCertificate: string };
  /** The programs it runs, for those who start more of them. */
  readonly programs: { readonly daprd: string; readonly sentry: string };
  /** `app:<name>`, `daprd:<name>`, `sentry`, and `kafka` and `postgres` unless they are somebody else's. */
  process(name: string): ManagedProcess;
  readonly processes: ReadonlyMap<string, ManagedProcess>;
  /**
   * From now on starts again what dies, until it is disposed of; the system's own stop does that too. Without it a death
   * is told by `onDeath`, and whoever started decides.
   */
  supervise(o: RestartOptions): AsyncDisposable;
  stop(): Promise<void>;
}
