import type { Occurrence, SkipReason, Step } from "./occurrence.ts";

/**
 * Puts occurrences in the order of their instants and says which fall together. They come in the order of the wall,
 * which is the same except where a clock leaves out an hour or a day: those wait here until their time.
 */
export function* inOrder(occurrences: Iterable<Occurrence>): Generator<Step, void, undefined> {
  let waiting: Occurrence[] = [];
  let last = Number.NaN;
  const step = (occurrence: Occurrence): Step => {
    const { instant, wall, reading, added } = occurrence;
    const skipped: SkipReason | undefined = instant === last ? "same_instant" : undefined;
    last = instant;
    return { instant, wall, reading, added, skipped };
  };
  for (const occurrence of occurrences) {
    if (occurrence.reading === "gap") {
      waiting.push(occurrence);
      continue;
    }
    while (waiting[0] !== undefined && waiting[0].instant < occurrence.instant) {
      yield step(waiting[0]);
      waiting = waiting.slice(1);
    }
    yield step(occurrence);
  }
  for (const occurrence of waiting) yield step(occurrence);
}

/** Merges what the rule gives with single times, both in order. */
export function* merge(rule: Iterable<Step>, added: readonly Occurrence[]): Generator<Step, void, undefined> {
  let index = 0;
  for (const step of rule) {
    for (let next = added[index]; next !== undefined && next.instant < step.instant; next = added[index]) {
      yield { ...next, skipped: undefined };
      index += 1;
    }
    if (added[index]?.instant === step.instant) index += 1;
    yield step;
  }
  for (const next of added.slice(index)) yield { ...next, skipped: undefined };
}
