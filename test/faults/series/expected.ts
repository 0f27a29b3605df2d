import { recurrenceIdOf } from "@todo/rrule/calendar/recurrence-id";
import { daySeconds, formatWall, parseWall } from "@todo/rrule/calendar/wall";
import type { Occurrence } from "@todo/rrule/expand/occurrence";
import { seriesOf } from "@todo/rrule/expand/series";
import { parseRule } from "@todo/rrule/parse/parse";
import { type Zone, zoneOf } from "@todo/rrule/zone/zone";
import type { Habit } from "./habits.ts";

/** Where an occurrence lies: what the clock on the wall shows, and the instant in seconds. */
export interface Place {
  readonly recurrenceId: string;
  readonly instant: number;
}

/**
 * The occurrences that a habit must have, one more than there are completions. By schedule they are those of the rule; by
 * completion each is the first behind the day on which the one before it was done, of a rule that starts on that day. One
 * at a time that there was before has a number behind its name.
 *
 * @param completed when each occurrence was done
 */
export function expectedPlaces(habit: Habit, completed: readonly Date[]): Place[] {
  const [rule, zone] = [parseRule(habit.rrule), zoneOf(habit.tzid)];
  const start = parseWall(habit.first);
  if (start === undefined) throw new RangeError(`${habit.first} is no time on the wall`);
  if (habit.anchor === "schedule") {
    const all = seriesOf({ rule, zone, start }).occurrences();
    return first(completed.length + 1, all);
  }
  const places: Place[] = [{ recurrenceId: habit.first, instant: zone.instantOf(start).instant }];
  for (const time of completed) {
    const done = Math.floor(time.getTime() / 1_000);
    const anew = dayOf(done, zone) * daySeconds + (start % daySeconds);
    const after = Math.max(done, zone.instantOf(anew).instant);
    places.push(...first(1, seriesOf({ rule, zone, start: anew }).occurrences(after)));
  }
  return places.map(({ recurrenceId, instant }, index) => {
    const same = places.slice(0, index).filter((place) => place.recurrenceId === recurrenceId);
    return { recurrenceId: recurrenceIdOf(recurrenceId, same.length + 1), instant };
  });
}

function first(count: number, occurrences: Iterable<Occurrence>): Place[] {
  const places: Place[] = [];
  for (const { wall, instant } of occurrences) {
    places.push({ recurrenceId: formatWall(wall), instant });
    if (places.length === count) break;
  }
  return places;
}

const dayOf = (instant: number, zone: Zone): number => Math.floor(zone.wallOf(instant) / daySeconds);
