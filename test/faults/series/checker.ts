import { expectedPlaces, type Place } from "./expected.ts";
import type { Answer, Completion, KnownSeries } from "./known.ts";
import type { OccurrenceEvent, OccurrenceRow, SeriesObservation } from "./observation.ts";

/** What must never happen to a series. */
export const violationKinds = ["missing", "twice", "wrong time", "out of order", "foreign"] as const;
export type SeriesViolationKind = (typeof violationKinds)[number];

export interface SeriesViolation {
  readonly kind: SeriesViolationKind;
  /** What is wrong, for the reader of a failed run. */
  readonly what: string;
}

/**
 * Compares what the users of series were told with what the system holds: one next occurrence for every acknowledged
 * completion, each where the rule has it, one behind the other, and the last one open.
 */
export function checkSeries(known: readonly KnownSeries[], seen: SeriesObservation): SeriesViolation[] {
  const rows = Map.groupBy(seen.rows, ({ seriesId }) => seriesId);
  const events = Map.groupBy(seen.events, ({ seriesId }) => seriesId);
  return [
    ...known.flatMap((series) => {
      const own = (rows.get(series.id) ?? []).toSorted((a, b) => ordinalOf(a) - ordinalOf(b));
      return [
        ...completionsIn(series, own),
        ...chainOf(series, own),
        ...endOf(series, own, seen),
        ...timesOf(series, own, seen),
        ...eventsOf(series, own, events.get(series.id) ?? []),
      ];
    }),
    ...foreignIn(known, seen),
  ];
}

/** How many violations there are of each kind. */
export function countByKind(violations: readonly SeriesViolation[]): Record<SeriesViolationKind, number> {
  const counts = { missing: 0, twice: 0, "wrong time": 0, "out of order": 0, foreign: 0 };
  for (const { kind } of violations) counts[kind]++;
  return counts;
}

/** Every acknowledged completion is one, however often it was sent, and one more occurrence came of it. */
function completionsIn(series: KnownSeries, rows: readonly OccurrenceRow[]): SeriesViolation[] {
  const done = acknowledged(series);
  const status = new Map(rows.map((row) => [row.taskId, row.status]));
  const undone = done.filter(({ completion }) => status.get(completion.taskId) !== "completed");
  const answered = series.completions.filter(({ answers }) => new Set(answers.map(seqOf)).size > 1);
  const most = series.completions.length + 1;
  return [
    ...undone.map(({ completion }) => missing(`the completion of task ${completion.taskId}`)),
    ...answered.map(({ taskId }) => twice(`the completion of task ${taskId} was answered in two ways`)),
    ...(rows.length < done.length + 1
      ? [missing(`series ${series.id} has ${rows.length} tasks for ${done.length} completions`)]
      : []),
    ...(rows.length > most ? [twice(`series ${series.id} has ${rows.length} tasks, at most ${most}`)] : []),
  ];
}

/** The occurrences are numbered without a gap, and each follows the one before it. */
function chainOf({ id }: KnownSeries, rows: readonly OccurrenceRow[]): SeriesViolation[] {
  const names = new Set(rows.map(({ recurrenceId }) => recurrenceId));
  const repeated = names.size < rows.length ? [twice(`series ${id} has an occurrence twice`)] : [];
  const broken = rows.flatMap((row, n) => {
    const former = rows[n - 1]?.recurrenceId ?? null;
    if (row.ordinal !== n + 1 || row.number !== n + 1)
      return [
        disordered(`occurrence ${n + 1} of series ${id} has the numbers ${row.ordinal}, ${row.number}`),
      ];
    return row.follows === former ? [] : [disordered(`occurrence ${n + 1} of series ${id} follows another`)];
  });
  return [...repeated, ...broken];
}

/** The last occurrence is the one open task of the series, and where that stands. */
function endOf(
  { id }: KnownSeries,
  rows: readonly OccurrenceRow[],
  seen: SeriesObservation,
): SeriesViolation[] {
  const open = rows.filter(({ status, deleted }) => status === "open" && !deleted);
  const last = rows.at(-1);
  const shown = seen.series.find((one) => one.id === id);
  const stands = shown?.active === true && shown.recurrenceId === last?.recurrenceId;
  return [
    ...(open.length === 0 ? [missing(`series ${id} has no open task`)] : []),
    ...(open.length > 1 ? [twice(`series ${id} has ${open.length} open tasks`)] : []),
    ...(open.length === 1 && open[0] !== last
      ? [disordered(`the open task of series ${id} is not its last`)]
      : []),
    ...(stands ? [] : [disordered(`series ${id} does not stand at its last task`)]),
    ...rows.filter(({ deleted }) => deleted).map(({ taskId }) => missing(`task ${taskId} is deleted`)),
  ];
}

/** Every occurrence is shown, due where the rule has it. */
function timesOf(series: KnownSeries, rows: readonly OccurrenceRow[], { shown }: SeriesObservation) {
  const dues = new Map(shown.map(({ taskId, due }) => [taskId, due]));
  const places = expectedPlaces(
    series.habit,
    acknowledged(series).map(({ answer }) => answer.completeTime),
  );
  return rows.flatMap((row, n): SeriesViolation[] => {
    const [place, due] = [places[n], dues.get(row.taskId)];
    if (due === undefined) return [missing(`task ${row.taskId} is not shown`)];
    if (place === undefined) return [];
    const want = dueAt(series, place);
    const right = row.recurrenceId === place.recurrenceId && due === want;
    return right ? [] : [mistimed(`task ${row.taskId} is ${row.recurrenceId}, ${due} and not ${want}`)];
  });
}

function dueAt({ habit }: KnownSeries, { recurrenceId, instant }: Place): string {
  return habit.allDay ? recurrenceId.slice(0, 10) : `${instant} ${habit.tzid}`;
}

/** Each occurrence behind the first was told of once, and each end of one. Records may repeat an event. */
function eventsOf(
  { id }: KnownSeries,
  rows: readonly OccurrenceRow[],
  events: readonly OccurrenceEvent[],
): SeriesViolation[] {
  const told = (type: OccurrenceEvent["type"], recurrenceId: string | null) =>
    new Set(
      events
        .filter((event) => event.type === type && event.recurrenceId === recurrenceId)
        .map(({ eventId }) => eventId),
    ).size;
  return rows.flatMap(({ recurrenceId, status }, n) => {
    const wanted = [
      { type: "created", count: n === 0 ? 0 : 1 },
      { type: "completed", count: status === "completed" ? 1 : 0 },
    ] as const;
    return wanted.flatMap(({ type, count }) => {
      const found = told(type, recurrenceId);
      if (found === count) return [];
      const what = `${found} events say that ${recurrenceId} of series ${id} was ${type}`;
      return [found < count ? missing(what) : twice(what)];
    });
  });
}

/** Users have the series that they began and nothing else, and are shown nothing of others. */
function foreignIn(
  known: readonly KnownSeries[],
  { rows, shown, events }: SeriesObservation,
): SeriesViolation[] {
  const owners = new Map<string | null, string>(known.map(({ id, userId }) => [id, userId]));
  return [...rows, ...shown, ...events]
    .filter(({ seriesId, userId }) => owners.get(seriesId) !== userId)
    .map(({ seriesId, userId }) => ({
      kind: "foreign",
      what: `${userId} has a trace of series ${seriesId}`,
    }));
}

function acknowledged({ completions }: KnownSeries): { completion: Completion; answer: Answer }[] {
  return completions.flatMap((completion) => {
    const [answer] = completion.answers;
    return answer === undefined ? [] : [{ completion, answer }];
  });
}

const ordinalOf = ({ ordinal }: OccurrenceRow): number => ordinal ?? 0;
const seqOf = ({ userSeq }: Answer): bigint => userSeq;
const missing = (what: string): SeriesViolation => ({ kind: "missing", what });
const twice = (what: string): SeriesViolation => ({ kind: "twice", what });
const mistimed = (what: string): SeriesViolation => ({ kind: "wrong time", what });
const disordered = (what: string): SeriesViolation => ({ kind: "out of order", what });
