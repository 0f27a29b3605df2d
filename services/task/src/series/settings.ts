import { domainError, ErrorReason } from "@todo/kit/errors";
import type { Occurrence } from "#src/domain/occurrence.ts";
import { Series, type SeriesSettings, SeriesState } from "#src/domain/series.ts";
import type { Change, Task } from "#src/domain/task.ts";
import type { SeriesImage } from "./fact.ts";
import type { Start } from "./start.ts";

/** A task and its series after a change of how it repeats. */
export interface Made {
  task: Task;
  series: Series;
  /** `undefined`: all was so already. */
  change: Change | undefined;
  /** What the series was before; `undefined`: the same. */
  image: SeriesImage | undefined;
}

interface Setting {
  seenVersion: number | undefined;
  now: Date;
}

/** Makes a task the first of a new series. */
export function startedSeries(task: Task, start: Start, o: Setting & { id: string }): Made {
  const { id, now } = o;
  const { userId, streamId, id: firstTaskId, title, description, priority, tags } = task;
  const { reminderMinutes } = task;
  const { place, reckoned } = start;
  const { number, recurrenceId } = place;
  const template = { title, description, priority, tags, dueKind: start.dueKind, reminderMinutes };
  const settings = { ...requireShort(start), ...template, state: SeriesState.active };
  const series = Series.begin({ ...settings, ...place, id, userId, streamId, firstTaskId }, now);
  const occurrence: Occurrence = {
    ...{ ordinal: 1, number, follows: null, missed: 0, parts: 0, made: 0 },
    reckoned,
  };
  const change = task.recur({ ...seenOf(start), seriesId: id, recurrenceId, occurrence }, o);
  return { task, series, change, image: { id, made: 1, before: { state: SeriesState.ended } } };
}

/** Changes how the series of an open task repeats. The latest occurrence is the first one of the new rule. */
export function remadeSeries(task: Task, series: Series, { start, ...o }: Setting & { start: Start }): Made {
  const { recurrenceId, number } = series;
  const rule = requireShort(start);
  const sameDates = (["rrule", "dtstart", "tzid"] as const).every((name) => rule[name] === series[name]);
  const settings: Partial<SeriesSettings> = {
    ...rule,
    dueKind: start.dueKind,
    state: SeriesState.active,
  };
  const before = series.set(settings, o.now);
  const place = sameDates || task.recurrenceId !== recurrenceId ? undefined : placeOf(start, series);
  const moved = place !== undefined && (place.recurrenceId !== recurrenceId || place.number !== number);
  if (moved) series.restart(place);
  const anew = place?.recurrenceId === start.place.recurrenceId && { reckoned: start.reckoned };
  const occurrence =
    moved && task.occurrence ? { ...task.occurrence, number: place.number, ...anew } : task.occurrence;
  const at = moved ? { recurrenceId: place.recurrenceId } : {};
  const change = task.recur({ ...seenOf(start), ...at, occurrence }, { ...o, anyway: before !== undefined });
  if (before === undefined) return { task, series, change, image: undefined };
  const old = moved ? { place: { recurrenceId, number } } : {};
  return { task, series, change, image: { id: series.id, made: series.settingsVersion, before, ...old } };
}

/** A series never goes back: then it counts on from its latest occurrence, whose number nobody knows. */
function placeOf({ place }: Start, { recurrenceId }: Series): Start["place"] {
  return place.recurrenceId >= recurrenceId ? place : { recurrenceId, number: 0 };
}

function seenOf({ rule, due, nextOccurrence }: Start) {
  const seen = { isRecurring: true, rrulePattern: rule.rrule, nextOccurrence };
  return due === undefined ? seen : { ...seen, due };
}

/** As long as the contract lets a rule be. */
const maxLength = 500;

function requireShort({ rule }: Start): Start["rule"] {
  if (rule.rrule.length <= maxLength) return rule;
  const metadata = { part: "", start: "0", end: String(rule.rrule.length) };
  throw domainError(ErrorReason.RULE_LIMIT_EXCEEDED, `the rule is longer than ${maxLength}`, { metadata });
}
