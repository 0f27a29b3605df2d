import { meter } from "./metrics.ts";

/** Records taken from topics, by topic and outcome. */
export const eventsConsumed = meter.createCounter("events_consumed", {
  description: "Records taken from topics, by outcome",
});

/** Alert on any: somebody has to look and redrive. */
export const eventsParked = meter.createCounter("events_parked", {
  description: "Events whose handler failed and whose key is parked since",
});

/** Batches that the broker has. */
export const relaySends = meter.createCounter("relay_sends", { description: "Batches sent to the broker" });

/** Records that the broker has. */
export const relayRecords = meter.createCounter("relay_records", {
  description: "Records sent to the broker, repetitions included",
});

/** Alert on any: the streams behind them wait until somebody releases them. */
export const relayParked = meter.createCounter("relay_parked", {
  description: "Outbox rows that the broker refused for good",
});

/** Each is one rejected send, or the start. */
export const producerGenerations = meter.createCounter("relay_producer_generations", {
  description: "Producers that were made, each after the one before failed a send",
});
