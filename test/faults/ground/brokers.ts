import { join } from "node:path";
import { kafkaAdministrator } from "@todo/kit/kafka-rights";
import { brokerPrograms } from "@todo/local/ground";
import { type KafkaPlace, kafkaSpec, newClusterId } from "@todo/local/kafka/broker";
import { connectionTo, type KafkaCluster } from "@todo/local/kafka/cluster";
import { ensureCredentials } from "@todo/local/kafka/credentials";
import { ensureRights, ensureTopics } from "@todo/local/kafka/topics";
import type { GroundParts } from "./ground.ts";

/** The ports of one broker. */
export interface BrokerPorts {
  readonly port: number;
  readonly controllerPort: number;
  /** For clients that come through a proxy. */
  readonly detour?: KafkaPlace["detour"] & {};
}

/** Starts one broker, or a cluster whose topics lie on three nodes of which two must answer. */
export async function startBrokers(o: GroundParts, nodes: readonly BrokerPorts[]): Promise<KafkaCluster> {
  const credentials = await ensureCredentials(join(o.folder.secrets, "kafka"));
  const programs = await brokerPrograms(o);
  const controllerPorts = nodes.map(({ controllerPort }) => controllerPort);
  const id = newClusterId();
  const specs = nodes.map((ports, n) => {
    const cluster = nodes.length > 1 ? { cluster: { id, node: n + 1, controllerPorts } } : {};
    return kafkaSpec({
      folder: join(o.folder.kafka, `${n + 1}`),
      ...ports,
      ...cluster,
      credentials,
      ...programs,
    });
  });
  // No node is ready before most of them run.
  await Promise.all(specs.map(async (spec) => o.supervisor.add(await spec).start(o.signal)));
  const made = {
    bootstrap: nodes.map(({ port }) => `127.0.0.1:${port}`).join(","),
    protocol: "SASL_PLAINTEXT",
    credentials: credentials.folder,
  } as const;
  const administrator = await connectionTo(made, kafkaAdministrator);
  await ensureRights(administrator);
  await ensureTopics(administrator);
  return made;
}
