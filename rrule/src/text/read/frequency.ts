import type { Read } from "../clause.ts";
import type { Draft, SpokenFrequency } from "../draft.ts";
import type { Lexicon } from "../lexicon.ts";
import { refuse } from "../refusal.ts";

/** Sets how often, unless it has been said. */
export function setFrequency(draft: Draft, frequency: SpokenFrequency, interval = 1): boolean {
  if (draft.frequency !== undefined || draft.interval !== undefined || interval < 1) return false;
  draft.frequency = frequency;
  if (interval > 1) draft.interval = interval;
  return true;
}

/** `every 3 weeks`, `every other week`, `every third week` */
export function readEvery(lexicon: Lexicon): Read {
  return ({ other, number, ordinal, unit = "", within }, draft) => {
    const [frequency, size] = lexicon.unit(unit) ?? [];
    if (frequency === undefined || size === undefined) return false;
    const nth = ordinal === undefined ? undefined : (lexicon.ordinal(ordinal) ?? 0);
    // "Every first day" and "every last day" are days of something.
    if (nth !== undefined && nth < 2) return false;
    if (nth !== undefined && within !== undefined) {
      refuse(`it may be number ${nth} or every ${nth} that is meant`, ...lexicon.either(nth));
    }
    const step = other === undefined ? (nth ?? (number === undefined ? 1 : lexicon.number(number))) : 2;
    return setFrequency(draft, frequency, size * (step ?? 0));
  };
}

/** `once a week` is a frequency; `twice a week` has to come with its two days. */
export function readTimesPer(lexicon: Lexicon): Read {
  return ({ times = "", unit = "" }, draft) => {
    const [frequency, size] = lexicon.unit(unit) ?? [];
    const count = lexicon.number(times);
    if (frequency === undefined || count === undefined) return false;
    if (count > 1) draft.timesPer = { count, example: lexicon.examples[frequency] };
    return setFrequency(draft, frequency, size);
  };
}
