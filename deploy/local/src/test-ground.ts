import { dataFolder } from "./data-folder.ts";
import { takeDataFolder } from "./data-lock.ts";
import { kafkaCluster, startDatabase, startKafka } from "./ground.ts";
import type { KafkaCluster } from "./kafka/cluster.ts";
import { allocatePorts } from "./ports.ts";
import { Supervisor } from "./process/supervisor.ts";
import { temporaryDataFolder } from "./temporary-folder.ts";
import type { Report } from "./toolchain/cache.ts";

/** A Postgres and a Kafka without the rest of the system. */
export interface TestGround extends AsyncDisposable {
  /** The DSN of the administrator. */
  readonly databaseUrl: string;
  readonly kafka: KafkaCluster;
}

/** Starts a Postgres and a Kafka on free ports, with data that go when they stop. */
export async function startTestGround(o: {
  environment: Readonly<Record<string, string | undefined>>;
  report: Report;
}): Promise<TestGround> {
  await using stack = new AsyncDisposableStack();
  const folder = dataFolder(stack.use(await temporaryDataFolder()).path);
  stack.use(await takeDataFolder(folder, o.report));
  const ports = await allocatePorts(["postgres", "kafka", "controller"], {});
  // A death during a start fails it; one later makes tests fail, which say what they miss.
  const onDeath = () => undefined;
  const supervisor = stack.use(new Supervisor({ logs: folder.logs, pids: folder.pids, onDeath }));
  const shared = { ...o, folder, supervisor, signal: new AbortController().signal };
  const kafka = await kafkaCluster({ ...shared, port: ports.kafka });
  const [database] = await Promise.all([
    startDatabase({ ...shared, port: ports.postgres }),
    startKafka({ ...shared, cluster: kafka, port: ports.kafka, controllerPort: ports.controller }),
  ]);
  const owned = stack.move();
  return {
    databaseUrl: database.value,
    kafka,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
