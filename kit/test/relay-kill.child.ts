/**
 * A process with nothing but a relay to Kafka, for tests that kill it: its options come as JSON by its standard
 * input, since there is a password among them.
 */

import { once } from "node:events";
import { stdin, stdout } from "node:process";
import { openPool } from "@todo/kit/database";
import { createFailpoints } from "@todo/kit/failpoint";
import type { KafkaConnection } from "@todo/kit/kafka-connection";
import { kafkaPublisher } from "@todo/kit/kafka-publisher";
import { createLogger } from "@todo/kit/log";
import { startRelay } from "@todo/kit/relay";
import type { AppId } from "@todo/kit/services";

const [options] = await once(stdin, "data");
const o = JSON.parse(String(options)) as {
  url: string;
  schema: AppId;
  kafka: KafkaConnection;
  topic: string;
  failpoints: string;
};
const log = createLogger({ service: "relay", level: "silent" });
const pool = openPool({ url: o.url, schema: o.schema, size: 2, name: "relay child" });
await startRelay({
  pool,
  listenUrl: o.url,
  schema: o.schema,
  publisher: kafkaPublisher({ kafka: o.kafka, clientId: "relay", log, topics: [o.topic] }),
  log,
  failpoints: createFailpoints({ inline: o.failpoints }),
});
stdout.write("started\n");
stdin.resume();
