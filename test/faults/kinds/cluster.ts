import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../system/eventually.ts";
import type { Bed } from "../bed.ts";
import { endOf } from "../consumer-group.ts";
import type { Fault } from "../fault.ts";
import { assertEventsWait } from "../outbox-watch.ts";
import { end, startAgain } from "./processes.ts";

/** How long a cluster may take to miss a node and choose other leaders, in milliseconds. */
const failoverMs = 15_000;

/** One of three brokers is gone for a while. Events go on meanwhile. */
export function oneOfThreeAway(node: number, forMs: number): Fault {
  return {
    name: `broker ${node} of 3: away for ${forMs / 1000} s`,
    kind: "one broker of three",
    breaks: [`kafka:${node}`],
    async strike(bed) {
      const until = performance.now() + forMs;
      await end(bed, `kafka:${node}`, "SIGKILL");
      await sleep(forMs / 2);
      await eventsGoOn(bed);
      await sleep(Math.max(0, until - performance.now()));
      const ended = performance.now();
      await startAgain(bed, `kafka:${node}`);
      return ended;
    },
  };
}

/** Two of three brokers are gone for a while. Writes go on, and events wait. */
export function twoOfThreeAway(nodes: readonly [number, number], forMs: number): Fault {
  const names = nodes.map((node) => `kafka:${node}`);
  return {
    name: `brokers ${nodes.join(" and ")} of 3: away for ${forMs / 1000} s`,
    kind: "two brokers of three",
    breaks: names,
    async strike(bed) {
      await Promise.all(names.map((name) => end(bed, name, "SIGKILL")));
      await sleep(forMs);
      await assertEventsWait(bed, forMs / 2);
      const ended = performance.now();
      await Promise.all(names.map((name) => startAgain(bed, name)));
      return ended;
    },
  };
}

/** Waits until the topic has grown. The remaining brokers know where it ends. */
async function eventsGoOn(bed: Bed): Promise<void> {
  const before = await eventually("the end of the topic", () => endOf(bed.kafka, "task.events"), failoverMs);
  await eventually(
    "an event without the broker that is away",
    async () => ((await endOf(bed.kafka, "task.events")) > before ? true : undefined),
    failoverMs,
  );
}
