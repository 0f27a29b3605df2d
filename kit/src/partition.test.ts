import fc from "fast-check";
import kafkajs from "kafkajs";
import { expect, it } from "vitest";
import { partitionOf } from "./partition.ts";

it("chooses the partition that kafkajs and Java choose, for any key", () => {
  const choose = kafkajs.Partitioners.DefaultPartitioner();
  const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({
    partitionId,
    leader: 1,
    partitionErrorCode: 0,
    replicas: [1],
    isr: [1],
  }));
  fc.assert(
    fc.property(fc.oneof(fc.uuid(), fc.string({ unit: "binary", minLength: 1 })), (key) => {
      const expected = choose({ topic: "t", partitionMetadata, message: { key, value: "" } });
      expect(partitionOf(key)).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
}, 60_000);

it("knows the values of Kafka's own tests of murmur2", () => {
  // org.apache.kafka.common.utils.UtilsTest.testMurmur2, as positive numbers
  expect(partitionOf("21", 0x7fffffff)).toBe(-973932308 & 0x7fffffff);
  expect(partitionOf("foobar", 0x7fffffff)).toBe(-790332482 & 0x7fffffff);
  expect(partitionOf("a-little-bit-long-string", 0x7fffffff)).toBe(-985981536 & 0x7fffffff);
  expect(partitionOf("abc", 0x7fffffff)).toBe(479470107);
});
