/** What can be wrong with a rule, or with what goes with it. */
export const faultKinds = [
  "malformed",
  "part_unknown",
  "part_repeated",
  "part_missing",
  "value_invalid",
  "parts_conflict",
  "frequency_unsupported",
  "limit_exceeded",
  "never_occurs",
  "zone_unknown",
  "local_time_invalid",
  "text_unclear",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Where a fault stands in the text: the part's name, and the characters from `start` to before `end`. */
export interface FaultPlace {
  readonly part: string;
  readonly start: number;
  readonly end: number;
}

/** A fault of a rule or of its text. The message can be shown to whoever wrote it. */
export class RuleFault extends Error {
  override readonly name = "RuleFault";
  readonly kind: FaultKind;
  readonly place: FaultPlace;
  /** What was probably meant. Not set: nobody knows. */
  readonly proposal: string | undefined;

  constructor(kind: FaultKind, message: string, place: FaultPlace, proposal?: string) {
    super(message);
    this.kind = kind;
    this.place = place;
    this.proposal = proposal;
  }
}
