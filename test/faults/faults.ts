import { topology } from "@todo/local/topology";
import type { Fault, FaultTimes } from "./fault.ts";
import { oneOfThreeAway, twoOfThreeAway } from "./kinds/cluster.ts";
import { mixedRounds } from "./kinds/mixed.ts";
import { deaf, namesGone, namesLocked } from "./kinds/names.ts";
import { poisonEvents } from "./kinds/poison.ts";
import { away, died, frozen, killed, uncertified } from "./kinds/processes.ts";
import { redelivery } from "./kinds/redelivery.ts";
import { twoLeaders } from "./kinds/relays.ts";
import { badWire, cut, troubles } from "./kinds/wires.ts";

const apps = topology.map(({ id }) => id);
const withDatabase = topology.filter(({ needs }) => needs.includes("database")).map(({ id }) => id);
const appProcesses = apps.map((id) => `app:${id}`);
const sidecars = apps.map((id) => `daprd:${id}`);

/** The faults of a system with one broker, which come one at a time. A new app of the topology has its share. */
export function singleFaults(times: FaultTimes): readonly Fault[] {
  return [
    away("kafka", times.kafkaAway, { readiness: { kept: apps } }),
    away("postgres", times.postgresAway, { readiness: { lost: withDatabase } }),
    away("app:audit", times.appAway, {
      readiness: { lost: ["audit"], kept: ["gateway", "task", "identity"] },
    }),
    ...[...appProcesses, ...sidecars, "sentry", "kafka"].flatMap((name) => [
      killed(name),
      died(name, "SIGTERM"),
    ]),
    killed("postgres"),
    died("postgres", "SIGQUIT"),
    // Fast shutdown; on SIGTERM it would wait for its clients.
    died("postgres", "SIGINT"),
    ...[...appProcesses, ...sidecars, "kafka"].map((name) => frozen(name, times.frozen)),
    uncertified("gateway", times.appAway),
    ...wireFaults(times.wireBad),
    ...namesGone(),
    namesLocked(times.namesLocked),
    ...["gateway", "task", "audit"].map(deaf),
    twoLeaders(),
    poisonEvents(1_000),
    // Late, when much lies on the topic.
    redelivery(),
  ];
}

/** Rounds of faults that overlap, as a seed chooses them. */
export function mixedFaults(times: FaultTimes, rounds: number, seed: number): readonly Fault[] {
  const unsure = { ...cut, severs: false };
  const candidates = [
    ...[...appProcesses, ...sidecars, "kafka", "postgres"].map(killed),
    ...[...appProcesses, ...sidecars].map((name) => frozen(name, times.overlapping)),
    ...apps.map((app) => uncertified(app, times.overlapping)),
    away("kafka", times.overlapping),
    away("postgres", times.overlapping),
    badWire("task-postgres", unsure, times.overlapping),
    badWire("audit-postgres", unsure, times.overlapping),
    badWire("task-kafka", unsure, times.overlapping),
  ];
  return mixedRounds(candidates, rounds, seed);
}

/** The faults of a system with a cluster of three brokers. */
export function clusterFaults(times: FaultTimes): readonly Fault[] {
  return [
    oneOfThreeAway(1, times.brokerAway),
    oneOfThreeAway(3, times.brokerAway),
    twoOfThreeAway([1, 2], times.brokerAway),
    twoOfThreeAway([2, 3], times.brokerAway),
  ];
}

/** Whatever happens on the wire to Kafka, everybody stays ready; without its database an app is not. */
function wireFaults(forMs: number): Fault[] {
  const others = apps.filter((app) => app !== "task");
  const withoutDatabase = { readiness: { lost: ["task"], kept: others } };
  return [
    ...troubles.map((trouble) =>
      badWire("task-postgres", trouble, forMs, trouble.severs ? withoutDatabase : {}),
    ),
    badWire("audit-postgres", cut, forMs),
    ...troubles.map((trouble) => badWire("task-kafka", trouble, forMs, { readiness: { kept: apps } })),
  ];
}
