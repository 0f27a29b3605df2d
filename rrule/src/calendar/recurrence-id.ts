const localTimeLength = "2026-03-29T09:00:00".length;

/**
 * The local time in the name of an occurrence. A series that starts anew on completion may come to one time more than
 * once: then a number follows the time, as in `2026-03-29T09:00:00.2`.
 */
export function localTimeOf(recurrenceId: string): string {
  return recurrenceId.slice(0, localTimeLength);
}

/** The name of the occurrence that is the nth of its series at a local time. */
export function recurrenceIdOf(localTime: string, nth: number): string {
  return nth === 1 ? localTime : `${localTime}.${nth}`;
}

/** The how manieth of its series at its local time an occurrence is. */
export function nthOf(recurrenceId: string): number {
  const [, nth = "1"] = recurrenceId.split(".");
  return Number(nth);
}
