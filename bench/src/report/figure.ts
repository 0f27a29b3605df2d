/** A number that has to hold. */
export interface Figure {
  name: string;
  value: number;
  /** What stands behind the number, such as `ms`. */
  unit: string;
  bound: { atLeast: number } | { below: number };
}

/** One row of a comparison. */
export interface Line {
  name: string;
  cells: readonly string[];
}

/** What one part of the benchmark found. */
export interface Comparison {
  title: string;
  /** How it was measured. */
  about: string;
  figures: readonly Figure[];
  /** The heads of the columns first. */
  lines: { heads: readonly string[]; rows: readonly Line[] };
  remarks: readonly string[];
}

export function holds({ value, bound }: Figure): boolean {
  return "atLeast" in bound ? value >= bound.atLeast : value < bound.below;
}
