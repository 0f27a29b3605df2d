import { counter } from "@todo/kit/metrics";

/** Alert on any that is parked: a series stands still. */
export const advancesAsked = counter("recurrence_advances");
