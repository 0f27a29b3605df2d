import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { quietTimers } from "./kafkajs-timer.ts";

interface Queue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: unknown;
  scheduleCheckPendingRequests(): void;
  destroy(): void;
}

const RequestQueue = createRequire(import.meta.url)("kafkajs/src/network/requestQueue") as new (
  o: object,
) => Queue;

const newQueue = () => new RequestQueue({ clientId: "c", broker: "b", logger: { debug() {} } });

it("sets kafkajs no timer while nothing is pending, and one as soon as something is or the broker throttles", () => {
  quietTimers();
  quietTimers();
  const idle = newQueue();
  idle.scheduleCheckPendingRequests();
  expect(idle.throttleCheckTimeoutId).toBeNull();

  for (const state of [{ pending: [{}] }, { throttledUntil: Date.now() + 60_000 }]) {
    const busy: Queue = Object.assign(newQueue(), state as Partial<Queue>);
    busy.scheduleCheckPendingRequests();
    expect(busy.throttleCheckTimeoutId).not.toBeNull();
    busy.destroy();
  }
});
