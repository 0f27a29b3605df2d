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
  /** The version of the time zones by which task has the instants of the occurrence that was made last. */
  readonly tzdata: string;
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
  if (known === undefined) return { ...series, fact: factIn(told, series) };
  const isNewer = series.version > known.version;
  const current = isNewer ? series : known;
  const fact = later(factKnown(known, current), factIn(told, current));
  return isNewer || fact !== known.fact ? { ...current, fact } : known;
}

/**
 * What is told of the occurrence that was made last. A version at which the series had ended, or at which another one was
 * that, makes void what was told before: a series goes on with what is open, or is told anew of what is done.
 */
function factIn({ series, about }: Told, current: Snapshot): Fact | undefined {
  if (!series.active || !samePlace(series, current)) return { version: series.version, done: undefined };
  if (about?.recurrenceId !== current.plan.recurrenceId) return undefined;
  return { version: series.version, done: about.done };
}

function factKnown(known: SeriesState, current: Snapshot): Fact | undefined {
  return samePlace(known, current) ? known.fact : { version: known.version, done: undefined };
}

function samePlace(a: Snapshot, b: Snapshot): boolean {
  return a.plan.recurrenceId === b.plan.recurrenceId;
}

function later(known: Fact | undefined, told: Fact | undefined): Fact | undefined {
  return told !== undefined && told.version > (known?.version ?? 0n) ? told : known;
}
