import type { Bed } from "./bed.ts";
import type { ReadinessRule } from "./readiness.ts";

/** Something that goes wrong while users are at work. */
export interface Fault {
  readonly name: string;
  /** What sort of thing it is; a short run takes one of each. */
  readonly kind: string;
  /** Whether callers lose the gateway itself, so that nobody can answer them. */
  readonly gatewayDies?: boolean;
  /** What probes must see while it lasts. */
  readonly readiness?: ReadinessRule;
  /** The processes and wires that it breaks; two faults with one in common do not happen at once. */
  readonly breaks: readonly string[];
  /** Makes it happen and end. Says when it ended, as of `performance.now()`: what a supervisor then does is recovery. */
  strike(bed: Bed): Promise<number>;
}

/** How long things are broken, in milliseconds. */
export interface FaultTimes {
  readonly kafkaAway: number;
  readonly postgresAway: number;
  /** Longer than a sidecar would take to call its app unhealthy. */
  readonly appAway: number;
  /** Of a cluster. */
  readonly brokerAway: number;
  readonly frozen: number;
  readonly wireBad: number;
  /** Longer than a renewal of a name could wait. */
  readonly namesLocked: number;
  /** Of faults at once. */
  readonly overlapping: number;
}

/** The times of a whole run. */
export const fullTimes: FaultTimes = {
  kafkaAway: 60_000,
  postgresAway: 30_000,
  appAway: 20_000,
  brokerAway: 30_000,
  frozen: 15_000,
  wireBad: 15_000,
  namesLocked: 20_000,
  overlapping: 10_000,
};

/** The times of a short run: each still longer than the patience of whoever waits for what is broken. */
export const shortTimes: FaultTimes = {
  kafkaAway: 8_000,
  postgresAway: 6_000,
  appAway: 8_000,
  brokerAway: 10_000,
  frozen: 7_000,
  wireBad: 6_000,
  namesLocked: 15_000,
  overlapping: 6_000,
};
