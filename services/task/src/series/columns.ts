import type { Column } from "#src/columns.ts";
import { Series, type SeriesFields } from "#src/domain/series.ts";

const types = {
  id: "uuid",
  userId: "uuid",
  streamId: "uuid",
  firstTaskId: "uuid",
  rrule: "text",
  dtstart: "text",
  tzid: "text",
  anchor: "smallint",
  trigger: "smallint",
  missed: "smallint",
  title: "text",
  description: "text",
  priority: "smallint",
  tags: "text[]",
  dueKind: "text",
  reminderMinutes: "integer[]",
  state: "smallint",
  notInherited: "smallint[]",
  recurrenceId: "text",
  ordinal: "integer",
  number: "integer",
  skippedCount: "integer",
  skipped: "jsonb",
  missedAtEnd: "integer",
  tzdata: "text",
  version: "integer",
  basisVersion: "integer",
  settingsVersion: "integer",
  createTime: "timestamptz",
  updateTime: "timestamptz",
} satisfies Record<keyof SeriesFields, string>;

/** The columns of `task.series`, in the order in which statements name them. */
export const seriesColumns: readonly Column<keyof SeriesFields>[] = Object.entries(types).map(
  ([property, type]) => ({
    property: property as keyof SeriesFields,
    name: property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    type,
  }),
);

/** The columns of a table or alias, each under the name of its property behind a prefix: what `seriesOf` reads. */
export function selectSeries(from: string, prefix = ""): string {
  return seriesColumns.map(({ property, name }) => `${from}.${name} as "${prefix}${property}"`).join(", ");
}

export function seriesOf(row: object, prefix = ""): Series {
  const of = new Map(Object.entries(row));
  const fields = seriesColumns.map(({ property }) => [property, of.get(`${prefix}${property}`)]);
  return new Series(Object.fromEntries(fields) as SeriesFields);
}
