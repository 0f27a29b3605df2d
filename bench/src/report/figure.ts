/** A number and its bound. */
export interface Figure {
  name: string;
  value: number;
  /** What stands behind the number, such as `ms`. */
  unit: string;
  bound: { atLeast: number } | { below: number };
  /** Whether the bound is only aimed at: missing it is said and fails nothing. */
  toReach?: boolean;
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
  /** Why this machine could not measure it. Then there is neither a figure nor a line. */
  unmeasured?: string;
}

/** What is said of a part that this machine could not measure. */
export function notMeasured(o: { title: string; about: string; why: string }): Comparison {
  const { why, ...named } = o;
  return { ...named, figures: [], lines: { heads: [], rows: [] }, remarks: [], unmeasured: why };
}

/** Whether a run with such a figure has failed. */
export function fails(figure: Figure): boolean {
  return figure.toReach !== true && !holds(figure);
}

export function holds({ value, bound }: Figure): boolean {
  return "atLeast" in bound ? value >= bound.atLeast : value < bound.below;
}
