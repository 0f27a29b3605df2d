import type { Reading } from "../zone/zone.ts";

/** One time of a series. */
export interface Occurrence {
  readonly instant: number;
  /** The time on the wall as the rule names it, also if the clock left it out. */
  readonly wall: number;
  readonly reading: Reading;
  /** Whether it comes from RDATE and not from the rule. */
  readonly added: boolean;
}

/** Why a time that the rule names is no occurrence. */
export type SkipReason = "excluded" | "same_instant";

/** What a series comes upon on its way: an occurrence, or one that is left out. */
export interface Step extends Occurrence {
  readonly skipped: SkipReason | undefined;
}
