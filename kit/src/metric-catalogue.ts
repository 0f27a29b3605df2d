import { subscriptionsOf, topics } from "./event-catalogue.ts";
import {
  app,
  consumedTopic,
  eventType,
  httpStatus,
  job,
  type Label,
  method,
  oneOf,
  quota,
  reason,
  route,
  schema,
  service,
  status,
  topic,
} from "./metric-labels.ts";
import { type AppId, appIds } from "./services.ts";

type Kind = "counter" | "level" | "gauge" | "histogram";
type Labels = Readonly<Record<string, Label>>;

/** What is known of a metric before anything runs. */
export interface MetricSpec {
  /** A counter only grows; a level is counted up and down; a gauge is read when somebody looks. */
  readonly kind: Kind;
  /** The apps whose /metrics has it. */
  readonly apps: readonly AppId[];
  readonly help: string;
  /** Never an id, a text of users or a credential: every value there can be is known. */
  readonly labels: Labels;
}

const counter = specOf("counter");
const level = specOf("level");
const gauge = specOf("gauge");
const histogram = specOf("histogram");

const services = appIds.filter((id) => id !== "gateway");
/** The apps with a schema and an outbox in it. */
const keepers = appIds.filter((id) => topics.some(({ producers }) => producers.includes(id)));
const consumers = appIds.filter((id) => subscriptionsOf(id).length > 0);
const callers = ["gateway", "task", "audit", "recurrence"] as const;
const rpc = { "rpc.system": oneOf("grpc"), "rpc.service": service, "rpc.method": method };
const taken = { topic: consumedTopic, outcome: oneOf("SUCCESS", "RETRY", "DROP") };

/**
 * Every metric of the system, by the name it has in code; on /metrics a counter's name ends with `_total`. Metrics are
 * made by the functions of metrics.ts alone, so one that is not here does not compile.
 */
export const metricCatalogue = {
  rpc_server_duration_seconds: histogram(services, "Time from a call's arrival to its last answer", {
    ...rpc,
    "rpc.grpc.status": status,
  }),
  rpc_server_calls: counter(services, "Calls by method and status code", {
    ...rpc,
    "rpc.grpc.status": status,
  }),
  rpc_server_active: level(services, "Calls that run now", rpc),
  rpc_server_refused: counter(services, "Calls refused because too many ran"),
  rpc_client_duration_seconds: histogram(
    callers,
    "Time that calls of other apps take, streams up to their first answer",
    { "rpc.service": service, "rpc.method": method, "peer.service": app, "rpc.grpc.status": status },
  ),
  mesh_breaker_opened: counter(callers, "How often a breaker opened, by app", { app }),
  http_server_request_duration_seconds: histogram(
    ["gateway"],
    "Time from a request's headers to the end of its answer",
    {
      "http.route": route,
      "http.response.status_code": httpStatus,
      "network.protocol.version": oneOf("1.1", "2"),
      "error.type": reason,
    },
  ),
  http_server_active_requests: level(["gateway"], "Requests that are at work now"),
  http_server_open_connections: level(["gateway"], "Connections that are open now"),
  gateway_refused_connections: counter(
    ["gateway"],
    "Connections that were not taken, as their address had too many or went on though it was refused",
  ),
  gateway_calmed_connections: counter(
    ["gateway"],
    "Connections that were ended for more pings, settings or refused calls than a client has reason for, or for headers without end",
  ),
  gateway_rate_limited: counter(
    ["gateway"],
    "Calls refused for their number in a minute, by the quota that was used up",
    { quota },
  ),
  gateway_refusals: counter(["gateway"], "Requests that ended with a reason of the error catalogue", {
    reason,
  }),
  gateway_audit_reports: counter(
    ["gateway"],
    "Refusals that were to be recorded, by what became of them; alert on any that is not recorded",
    { outcome: oneOf("recorded", "failed", "dropped") },
  ),
  events_consumed: counter(consumers, "Records taken from topics, by outcome", taken),
  events_handling_duration_seconds: histogram(
    consumers,
    "Time from a record's delivery to the answer to the sidecar",
    taken,
  ),
  events_delay_seconds: histogram(consumers, "How old an event was when it was taken", {
    topic: consumedTopic,
  }),
  events_parked: counter(
    consumers,
    "Events whose handler failed and whose key is parked since; alert on any: somebody has to look and redrive",
    { topic: consumedTopic },
  ),
  events_parked_keys: gauge(consumers, "Keys that are parked now", { schema }),
  events_parked_rows: gauge(consumers, "Events that wait behind them for a redrive, counted up to 100,000", {
    schema,
  }),
  consumer_lag_records: gauge(consumers, "Records of a topic that the app's group has not yet taken", {
    schema,
    topic: consumedTopic,
  }),
  relay_sends: counter(keepers, "Batches sent to the broker", { topic }),
  relay_records: counter(keepers, "Records sent to the broker, repetitions included", { topic }),
  relay_parked: counter(
    keepers,
    "Outbox rows that the broker refused for good; alert on any: their streams wait until they are released",
    { topic },
  ),
  relay_producer_generations: counter(
    keepers,
    "Producers that were made: the first, and one after each rejected send",
  ),
  relay_shards_led: gauge(keepers, "Shards of the outbox that this process leads; over all replicas 64", {
    schema,
  }),
  outbox_depth: gauge(keepers, "Rows that wait for the broker, counted up to 100,000", { schema }),
  outbox_age_seconds: gauge(keepers, "Age of the oldest row that waits", { schema }),
  outbox_parked_streams: gauge(keepers, "Streams held back by a refused row", { schema }),
  db_pool_connections: gauge(keepers, "Connections of the pool", { schema, state: oneOf("used", "idle") }),
  db_pool_waiting: gauge(keepers, "Requests that wait for a connection of the pool", { schema }),
  periodic_runs: counter(
    services,
    "Runs of what a service does by itself again and again; alert on one that does not succeed for three periods",
    { job, outcome: oneOf("succeeded", "failed") },
  ),
  identity_sign_in_failures: counter(
    ["identity"],
    "Sign-ins that were refused for their address or password; alert on a rise",
  ),
  identity_sign_in_failures_left_out: counter(
    ["identity"],
    "Refused sign-ins that left no fact because there were too many",
  ),
  audit_entries: counter(
    ["audit"],
    "Entries added to the log; alert on a rise of `AccessRefused` and `SignInFailed`",
    { type: eventType },
  ),
  recurrence_advances: counter(
    ["recurrence"],
    "Advances that task was asked for, by what became of them; alert on any that is parked: its series stands still",
    { outcome: oneOf("made", "ended", "overtaken", "put_off", "parked") },
  ),
  process_cpu_seconds: counter(appIds, "CPU time spent", { state: oneOf("user", "system") }),
  process_resident_memory_bytes: gauge(appIds, "Resident memory"),
  process_heap_used_bytes: gauge(appIds, "Heap in use"),
  process_uptime_seconds: gauge(appIds, "Time since the process started"),
  nodejs_eventloop_delay_p99_seconds: gauge(
    appIds,
    "99th percentile of the event loop's delay since the last reading",
  ),
  nodejs_eventloop_utilization_ratio: gauge(
    appIds,
    "Share of time the event loop was busy since the last reading",
  ),
} satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof metricCatalogue;

export const metricNames = Object.keys(metricCatalogue) as MetricName[];

export function specOfMetric(name: MetricName): MetricSpec {
  return metricCatalogue[name];
}

/** The name of a metric on /metrics. */
export function exposedName(name: MetricName): string {
  return specOfMetric(name).kind === "counter" ? `${name}_total` : name;
}

/** The name of a label on /metrics. */
export function exposedLabel(label: string): string {
  return label.replaceAll(".", "_");
}

function specOf<K extends Kind>(kind: K) {
  return <L extends Labels = Record<never, Label>>(
    apps: readonly AppId[],
    help: string,
    labels: L = {} as L,
  ) => ({ kind, apps, help, labels });
}
