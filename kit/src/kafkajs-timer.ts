import { createRequire } from "node:module";

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

/**
 * Keeps kafkajs 2.2.4 from re-arming a timer of 1 ms for as long as a connection is open (tulios/kafkajs#1556, #1704):
 * with nothing pending and no throttling there is nothing to check. Without this an idle producer takes 2 to 3 % of a
 * core, and Node warns of a negative timeout. The package is pinned; where its inside differs nothing is changed.
 */
export function quietTimers(): void {
  const require = createRequire(import.meta.url);
  const { prototype } = require("kafkajs/src/network/requestQueue") as { prototype: RequestQueue };
  const schedule = prototype.scheduleCheckPendingRequests;
  if (typeof schedule !== "function" || Object.hasOwn(prototype, quiet)) return;
  Object.defineProperty(prototype, quiet, { value: true });
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}

const quiet = Symbol("quiet timers");
