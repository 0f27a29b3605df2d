import { isDeepStrictEqual } from "node:util";
import type { Database } from "#src/database.ts";
import { type Series, SeriesState } from "#src/domain/series.ts";
import type { Task } from "#src/domain/task.ts";
import { undoOvertaken } from "#src/errors.ts";
import type { Changed } from "#src/outcome.ts";
import type { Made } from "#src/queries/command.ts";
import type { RenamedTemplate } from "#src/queries/rename-tag.ts";
import { readSeries } from "#src/queries/series.ts";
import { othersAlone } from "./end.ts";
import type { SeriesChange, SeriesImage } from "./fact.ts";

interface Taken {
  image: SeriesImage;
  series: SeriesChange;
}

/** What a command did to the settings of series taken back, by the ids of the tasks with whose changes it is kept. */
export async function takenBack(
  database: Database,
  made: readonly Made[],
  o: { userId: string; now: Date },
): Promise<ReadonlyMap<string, Taken>> {
  const ids = made.flatMap(({ series }) => series?.id ?? []);
  if (ids.length === 0) return new Map();
  const known = new Map((await readSeries(database, o.userId, ids)).map((series) => [series.id, series]));
  return new Map(
    made.flatMap(({ series: image, task }) => {
      const series = known.get(image?.id ?? "");
      if (image === undefined || series === undefined || task === undefined) return [];
      return [[task.id, restored(series, { image, task, now: o.now })] as const];
    }),
  );
}

/** Throws UNDO_OVERTAKEN if the settings were changed since. */
function restored(
  series: Series,
  { image, task, now }: { image: SeriesImage; task: Task; now: Date },
): Taken {
  if (series.settingsVersion !== image.made) throw undoOvertaken(task.id);
  const { recurrenceId, number } = series;
  const back = task.recurrenceId === recurrenceId ? image.place : undefined;
  const before = series.set(image.before, now) ?? {};
  if (back !== undefined) series.restart(back);
  const kind = series.state === SeriesState.ended ? "ended" : "changed";
  const place = back !== undefined ? { place: { recurrenceId, number } } : {};
  return {
    image: { id: series.id, made: series.settingsVersion, before, ...place },
    series: { series, kind, at: task },
  };
}

/** The templates that a command gave other tags as they were, but for those that were changed since. */
export async function templatesBack(
  database: Database,
  templates: readonly RenamedTemplate[],
  o: { userId: string; now: Date },
): Promise<Series[]> {
  if (templates.length === 0) return [];
  const ids = templates.map(({ id }) => id);
  const series = await readSeries(database, o.userId, ids);
  return series.filter((each) => {
    const { before = [], after } = templates.find(({ id }) => id === each.id) ?? {};
    return isDeepStrictEqual(each.tags, after) && each.set({ tags: before }, o.now) !== undefined;
  });
}

/** What else has to change where taking something back ended a series. */
export async function leftAlone(
  database: Database,
  { taken, changes, now }: { taken: Iterable<Taken>; changes: readonly Changed[]; now: Date },
): Promise<Changed[]> {
  const alone: Changed[] = [];
  const known = changes.map(({ task }) => task.id);
  for (const { series: change } of taken) {
    if (change.kind === "ended") alone.push(...(await othersAlone(database, change.series, { known, now })));
  }
  return alone;
}
