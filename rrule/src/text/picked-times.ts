import type { Rule } from "../rule.ts";

/**
 * The times of a daily rule whose BYSETPOS picks them from all that its hours and minutes make: 9:00 and 17:30 are the
 * first and the last of 9:00, 9:30, 17:00 and 17:30. `undefined` where it picks something else.
 */
export function pickedTimes({
  frequency,
  byHour,
  byMinute,
  bySecond,
  bySetPos,
}: Rule): { hour: number; minute: number }[] | undefined {
  const all = byHour.flatMap((hour) => byMinute.map((minute) => ({ hour, minute })));
  if (frequency !== "DAILY" || bySecond.length > 0 || bySetPos.length === 0) return undefined;
  if (bySetPos.some((position) => position < 1 || position > all.length)) return undefined;
  const picked = all.filter((_, index) => bySetPos.includes(index + 1));
  const hours = new Set(picked.map(({ hour }) => hour)).size;
  const minutes = new Set(picked.map(({ minute }) => minute)).size;
  const needed = hours === byHour.length && minutes === byMinute.length && picked.length < hours * minutes;
  return needed ? picked : undefined;
}
