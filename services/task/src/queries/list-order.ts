import { ListTasksRequest_Order as Order } from "@todo/proto/todo/task/v1/task_service";
import type { TaskFields } from "#src/domain/task.ts";

/** One thing that tasks are sorted by. */
export interface SortKey {
  /** SQL over `t`. */
  sql: string;
  direction: "asc" | "desc";
  type: string;
  /** The value of a task, as a parameter of the next page's query. */
  read(task: TaskFields): string | number;
  /** Whether a value that came from outside can be such a parameter. */
  fits(value: unknown): boolean;
}

const matching = (pattern: RegExp) => (value: unknown) => typeof value === "string" && pattern.test(value);
const spelledTime = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
/** What Postgres takes: neither 30 February, which JavaScript reads as 2 March, nor the year 0. */
const isTime = (value: unknown) => value === "infinity" || value === "-infinity" || isInstant(value);

function isInstant(value: unknown): boolean {
  if (typeof value !== "string" || !spelledTime(value) || value.startsWith("0000")) return false;
  const date = new Date(value);
  return !Number.isNaN(date.getTime()) && date.toISOString() === value;
}

export const isId = matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

const id: SortKey = { sql: "t.id", direction: "asc", type: "uuid", read: (task) => task.id, fits: isId };

function priority(direction: SortKey["direction"]): SortKey {
  const fits = (value: unknown) => Number.isInteger(value) && Math.abs(Number(value)) < 100;
  return { sql: "t.priority", direction, type: "smallint", read: (task) => task.priority, fits };
}

/**
 * No due date comes last in both directions: as the end of time in one, as its beginning in the other. The words are
 * those of the index.
 */
function due(direction: SortKey["direction"]): SortKey {
  const none = direction === "asc" ? "infinity" : "-infinity";
  return {
    sql: `case when t.due_at is null then '${none}' else t.due_at end`,
    direction,
    type: "timestamptz",
    read: (task) => task.dueAt?.toISOString() ?? none,
    fits: isTime,
  };
}

function created(direction: SortKey["direction"]): SortKey {
  return {
    sql: "t.create_time",
    direction,
    type: "timestamptz",
    read: (task) => task.createTime.toISOString(),
    fits: isTime,
  };
}

/**
 * Lower case, as people look words up in any language: the root order of Unicode (UTS 10), where Ä stands by A. What it
 * takes for equal goes by its bytes, so that no two keys are. No index goes by it, which a new version of ICU would break.
 */
function title(direction: SortKey["direction"]): SortKey {
  const fits = matching(/^[^\0]*$/);
  return {
    sql: 't.title_key collate "und-x-icu"',
    direction,
    type: "text",
    read: (task) => task.titleKey,
    fits,
  };
}

const defaultKeys = [priority("asc"), due("asc"), id];

const keysByOrder: ReadonlyMap<Order, readonly SortKey[]> = new Map<Order, readonly SortKey[]>([
  [Order.PRIORITY, defaultKeys],
  [Order.PRIORITY_ASCENDING, [priority("desc"), due("asc"), id]],
  [Order.DUE, [due("asc"), id]],
  [Order.DUE_DESCENDING, [due("desc"), id]],
  [Order.CREATED, [created("asc"), id]],
  [Order.CREATED_DESCENDING, [created("desc"), id]],
  [Order.TITLE, [title("asc"), id]],
  [Order.TITLE_DESCENDING, [title("desc"), id]],
]);

/** Every order that has a meaning of its own. */
export const orders: readonly Order[] = [...keysByOrder.keys()];

/** What an order sorts by, the most important first and the id last. */
export function sortKeysOf(order: Order): readonly SortKey[] {
  return keysByOrder.get(order) ?? defaultKeys;
}

/**
 * The condition for what comes behind a position, whose values are the parameters from `first` on.
 *
 * With one direction it is a comparison of rows, which an index answers. Otherwise it is spelled out, with a bound in
 * front that an index can use.
 */
export function behind(keys: readonly SortKey[], first: number): string {
  const values = keys.map(({ type }, index) => `$${first + index}::${type}`);
  if (keys.every(({ direction }) => direction === "asc")) {
    return `(${keys.map(({ sql }) => sql).join(", ")}) > (${values.join(", ")})`;
  }
  const [head] = keys;
  return `${head?.sql} ${head?.direction === "asc" ? ">=" : "<="} ${values[0]} and ${spelledOut(keys, values)}`;
}

function spelledOut(keys: readonly SortKey[], values: readonly string[]): string {
  const [key, ...deeper] = keys;
  if (key === undefined) return "false";
  const beyond = `${key.sql} ${key.direction === "asc" ? ">" : "<"} ${values[0]}`;
  return `(${beyond} or (${key.sql} = ${values[0]} and ${spelledOut(deeper, values.slice(1))}))`;
}
