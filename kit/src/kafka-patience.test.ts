import kafkajs from "kafkajs";
import { expect, it } from "vitest";
import { patiently } from "./kafka-patience.ts";

/** What the cluster answers with that fault of the protocol, as kafkajs tells it. */
function fault(type: string, retriable: boolean): Error {
  const error = { type, code: 0, retriable, message: type, name: "KafkaJSProtocolError" };
  return new kafkajs.KafkaJSProtocolError(error as unknown as Error);
}

const moving = fault("NOT_COORDINATOR_FOR_GROUP", true);

it("asks again while the coordinator of a group moves", async () => {
  const answers = [() => Promise.reject(moving), () => Promise.reject(moving), async () => "lag"];
  expect(await patiently(60_000, async () => answers.shift()?.())).toBe("lag");
  expect(answers).toHaveLength(0);
});

it("asks once where no repetition helps, or the time is up", async () => {
  const denied = fault("GROUP_AUTHORIZATION_FAILED", false);
  for (const [error, ms] of [
    [denied, 60_000],
    [new TypeError("a bug"), 60_000],
    [moving, -1],
  ] as const) {
    let asked = 0;
    const asking = patiently(ms, async () => {
      asked++;
      throw error;
    });
    await expect(asking).rejects.toBe(error);
    expect(asked).toBe(1);
  }
});
