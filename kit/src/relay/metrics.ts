import { counter } from "../metrics.ts";

export const relaySends = counter("relay_sends");
export const relayRecords = counter("relay_records");
export const relayParked = counter("relay_parked");
export const producerGenerations = counter("relay_producer_generations");
