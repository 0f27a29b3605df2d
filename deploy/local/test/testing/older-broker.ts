import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KafkaConnection } from "@todo/kit/kafka-connection";
import kafkajs from "kafkajs";
import type { DataFolder } from "#src/data-folder.ts";
import { brokerPrograms } from "#src/ground.ts";
import { newClusterId } from "#src/kafka/broker.ts";
import { topicConfigs } from "#src/kafka/topics.ts";
import { ManagedProcess } from "#src/process/managed-process.ts";
import { command } from "#src/toolchain/command.ts";

/** A broker as the versions before users made it: in clear, for everybody, with all topics. */
export async function startOlderBroker(o: {
  folder: DataFolder;
  port: number;
  controllerPort: number;
  environment: Readonly<Record<string, string | undefined>>;
}): Promise<{ connection: KafkaConnection; stop(): Promise<void> } & AsyncDisposable> {
  const report = () => undefined;
  const { java, jars, env } = await brokerPrograms({ ...o, report, signal: AbortSignal.timeout(60_000) });
  const place = o.folder.kafka;
  const config = join(place, "server.properties");
  for (const path of [place, o.folder.logs, o.folder.pids]) await mkdir(path, { recursive: true });
  await writeFile(config, properties(place, o));
  const id = newClusterId();
  await writeFile(join(place, "cluster-id"), id);
  const classes = ["-Xmx256m", "-cp", join(jars, "*")];
  await command(java, [...classes, "kafka.tools.StorageTool", "format", "-t", id, "-c", config], {
    cwd: place,
    env,
    within: 60_000,
  });
  const connection = { brokers: [`127.0.0.1:${o.port}`] };
  const admin = new kafkajs.Kafka({ ...connection, logLevel: 0, retry: { retries: 1 } }).admin();
  const spec = {
    name: "kafka",
    command: java,
    args: [...classes, "kafka.Kafka", config],
    env,
    cwd: place,
    probe: () => admin.connect(),
    readyWithin: 90_000,
    stopWithin: 20_000,
  };
  const broker = new ManagedProcess(spec, { logs: o.folder.logs, pids: o.folder.pids, onDeath: report });
  await broker.start();
  await admin.createTopics({ topics: topicConfigs(), waitForLeaders: true });
  await admin.disconnect();
  const stop = () => broker.stop();
  return { connection, stop, [Symbol.asyncDispose]: stop };
}

function properties(
  folder: string,
  { port, controllerPort }: { port: number; controllerPort: number },
): string {
  return `process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.quorum.voters=1@127.0.0.1:${controllerPort}
log.dirs=${join(folder, "data")}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
log.cleaner.dedupe.buffer.size=8388608
`;
}
