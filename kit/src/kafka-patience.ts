import { setTimeout as sleep } from "node:timers/promises";
import kafkajs from "kafkajs";

/**
 * Asks a cluster again while its answer is one that passes by itself, for at most `ms`: a group's coordinator moves when
 * brokers come and go, and the first question of all finds none that is ready. kafkajs repeats some questions, not all.
 *
 * @throws whatever the question throws that does not pass, or the last that did.
 */
export async function patiently<T>(ms: number, ask: () => Promise<T>): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!passes(error) || Date.now() > end) throw error;
    }
    await sleep(100);
  }
}

function passes(error: unknown): boolean {
  return error instanceof kafkajs.KafkaJSProtocolError && error.retriable;
}
