import type { Done, SeriesPlan } from "./plan.ts";

/** What is known of a series. */
export interface SeriesState extends Snapshot {
  /** What was told last of the occurrence that was made last. Not set: nothing, so it is open. */
  readonly fact: Fact | undefined;
}

/** A series at one of its versions. */
export interface Snapshot {
  readonly seriesId: string;
  readonly userId: string;
  readonly version: bigint;
  readonly active: boolean;
  readonly plan: SeriesPlan;
}

interface Fact {
  readonly version: bigint;
  /** Not set: it is open. */
  readonly done: Done | undefined;
}

/** What an event tells: the series behind the change, and what became of an occurrence. */
export interface Told {
  readonly series: Snapshot;
  readonly about: { readonly recurrenceId: string; readonly done: Done | undefined } | undefined;
}

/**
 * Puts what an event tells to what is known. Events may come in any order and more than once: the newest version counts
 * for the series, and the newest fact about it for the occurrence that was made last.
 *
 * @returns the very same state if the event tells nothing new
 */
export function merge(known: SeriesState | undefined, told: Told): SeriesState {
  const { series } = told;
  const fact = factIn(told, known !== undefined && known.version > series.version ? known : series);
  if (known === undefined) return { ...series, fact };
  if (series.version > known.version) {
    const same = series.plan.recurrenceId === known.plan.recurrenceId;
    return { ...series, fact: fact ?? (same ? known.fact : undefined) };
  }
  const isNews = fact !== undefined && fact.version > (known.fact?.version ?? 0n);
  return isNews ? { ...known, fact } : known;
}

/** What is told of the occurrence that was made last; others are no concern any more. */
function factIn({ series, about }: Told, current: Snapshot): Fact | undefined {
  if (about?.recurrenceId !== current.plan.recurrenceId) return undefined;
  return { version: series.version, done: about.done };
}
