import { randomUUID } from "node:crypto";
import { clientOf } from "@todo/kit/kafka-connection";
import { Kafka, logLevel } from "kafkajs";
import type { Fault } from "../fault.ts";

const partitions = 12;

/** Records that no consumer understands lie among the events of every partition. */
export function poisonEvents(count: number): Fault {
  return {
    name: `audit: ${count} poison events`,
    kind: "poison",
    breaks: ["daprd:audit", "app:audit"],
    async strike(bed) {
      const kafka = new Kafka({ clientId: "test", ...clientOf(bed.kafka), logLevel: logLevel.NOTHING });
      const producer = kafka.producer({ allowAutoTopicCreation: false });
      await producer.connect();
      try {
        for (let partition = 0; partition < partitions; partition++) {
          const share = Math.ceil((count - partition) / partitions);
          const messages = Array.from({ length: share }, (_, n) => ({ ...poison(n), partition }));
          await producer.send({ topic: "task.events", messages });
        }
      } finally {
        await producer.disconnect();
      }
      return performance.now();
    },
  };
}

/** Every way in which a record can be wrong, in turn. */
function poison(n: number): { key: string; value: string } {
  const event = {
    specversion: "1.0",
    id: randomUUID(),
    source: "/test",
    type: "todo.task.v1.TaskCreated",
    subject: randomUUID(),
    datacontenttype: "application/json",
  };
  const wrong: readonly unknown[] = [
    { ...event, type: "todo.task.v1.TaskSang", data: {} },
    { ...event, data: { context: { userId: 7 } } },
    { ...event, data: "no object" },
    { ...event, id: undefined, data: {} },
    { hello: "world" },
  ];
  return { key: `poison-${n}`, value: JSON.stringify(wrong[n % wrong.length]) };
}
