import type { TaskFields } from "./domain/task.ts";
import { TaskEntity } from "./domain/task-entity.ts";
import type { SeriesImage } from "./series/fact.ts";

/** A stored property and the column it lives in. */
export interface Column<Property = PropertyKey> {
  property: Property;
  name: string;
  type: string;
}

/** The columns of `task.task`, in the order in which statements name them. */
export const columns: readonly Column<keyof TaskFields>[] = Object.entries(
  TaskEntity.init().meta.properties,
).map(([property, { columnTypes }]) => ({
  property: property as keyof TaskFields,
  name: property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  type: columnTypes[0] ?? "text",
}));

export const columnNames = columns.map(({ name }) => name).join(", ");

/** The columns of a table or alias, each under the name of its property: what `fieldsOf` reads. */
export function selectTask(from: string): string {
  return columns.map(({ property, name }) => `${from}.${name} as "${property}"`).join(", ");
}

/** A row as `selectTask` gives it. All is null where an outer join found nothing. */
export type TaskRow = Omit<TaskFields, "userSeq"> & { userSeq: string };

/** The same object: a copy of each row would cost more than all the rest of a list. */
export function fieldsOf(row: TaskRow): TaskFields {
  return Object.assign(row, { userSeq: BigInt(row.userSeq) });
}

/** The values of a task in the order of `columns`. */
export function valuesOf(task: TaskFields): unknown[] {
  return columns.map(({ property }) => parameterOf(task[property]));
}

/** Rows of such columns as one parameter: a JSON array of objects with the columns' names. */
export function jsonOf<Row>(of: readonly Column<keyof Row>[], rows: readonly Row[]): string {
  const objects = rows.map((row) =>
    Object.fromEntries(of.map(({ property, name, type }) => [name, json(row[property], type)])),
  );
  return JSON.stringify(objects);
}

/** Properties of a task as JSON, and what of its series went with them. `fieldsOfImage` reads it. */
export function imageOf(fields: Partial<TaskFields> & { series?: SeriesImage }): string {
  return JSON.stringify(fields);
}

const timeProperties = new Set<string>(
  columns.filter(({ type }) => type === "timestamptz").map(({ property }) => property),
);

/** What `imageOf` wrote, as `pg` returns it. */
export function fieldsOfImage(image: Readonly<Record<string, unknown>>): Partial<TaskFields> {
  const entries = Object.entries(image).map(([property, value]) =>
    timeProperties.has(property) && typeof value === "string"
      ? [property, new Date(value)]
      : [property, value],
  );
  return Object.fromEntries(entries) as Partial<TaskFields>;
}

/** Numbers beyond the safe ones travel as text, and JSON as what it says. */
function json(value: unknown, type: string): unknown {
  if (typeof value === "bigint") return value.toString();
  return type === "jsonb" && typeof value === "string" ? JSON.parse(value) : value;
}

/** `pg` writes a Date in the local zone, whose offset before 1900 has seconds that it drops. */
export function parameterOf(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}
