import { counter, histogram } from "./metrics.ts";

export const eventsConsumed = counter("events_consumed");
export const eventsParked = counter("events_parked");
export const handlingDurations = histogram("events_handling_duration_seconds");
export const eventDelays = histogram("events_delay_seconds", { patient: true });
