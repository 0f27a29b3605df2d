import { fill, type Read } from "../clause.ts";
import { itemsOf, type Lexicon } from "../lexicon.ts";

/** `(only the first and last of these)` */
export function readPositions(lexicon: Lexicon): Read {
  return ({ list = "" }, draft) =>
    fill(
      draft.positions,
      itemsOf(list, lexicon).map((item) => lexicon.ordinal(item)),
    );
}

/** `(weeks start on Sunday)` */
export function readWeekStart(lexicon: Lexicon): Read {
  return ({ day = "" }, draft) => {
    if (draft.weekStart !== undefined) return false;
    draft.weekStart = lexicon.weekday(day);
    return draft.weekStart !== undefined;
  };
}

/** `(or on the last day of a month that is too short)` */
export const readSkip: Read = ({ forward }, draft) => {
  if (draft.skip !== undefined) return false;
  draft.skip = forward === undefined ? "BACKWARD" : "FORWARD";
  return true;
};
