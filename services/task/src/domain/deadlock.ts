/** A task by what has to be done before it: what it waits for, and what is a part of it. */
export interface Linked {
  id: string;
  subtaskOf: string | null;
  dependsOn: readonly string[];
}

/** The first task cannot be done before the second. */
export type Edge = readonly [from: string, to: string];

/**
 * A way from a task back to it, over what has to be done before each, which one of the new edges closes and which makes
 * it impossible to ever do these tasks; `undefined`: there is none.
 *
 * A part that waits for a task above it is no such thing: completing the upper one completes both. So the tasks that
 * wait for each other may do so if all of them lie beneath one of them.
 */
export function deadlockOf(
  tasks: ReadonlyMap<string, Linked>,
  edges: readonly Edge[],
): readonly string[] | undefined {
  const parts = Map.groupBy(tasks.values(), ({ subtaskOf }) => subtaskOf);
  const before = (id: string) => [
    ...(tasks.get(id)?.dependsOn ?? []).filter((each) => tasks.has(each)),
    ...(parts.get(id) ?? []).map((part) => part.id),
  ];
  for (const [from, to] of edges) {
    const cameFrom = search(to, before);
    if (!cameFrom.has(from)) continue;
    if (!isUnderOne(tasks, circle(from, cameFrom, before))) return [from, ...wayTo(from, cameFrom)];
  }
  return undefined;
}

/** All that is reached from a task, each with the one before it on the shortest way. */
function search(start: string, next: (id: string) => readonly string[]): ReadonlyMap<string, string | null> {
  const cameFrom = new Map<string, string | null>([[start, null]]);
  for (const [id] of cameFrom) {
    for (const each of next(id)) if (!cameFrom.has(each)) cameFrom.set(each, id);
  }
  return cameFrom;
}

/** Of all that was reached, what leads back to a task. */
function circle(
  task: string,
  reached: ReadonlyMap<string, unknown>,
  before: (id: string) => readonly string[],
): readonly string[] {
  const after = new Map<string, string[]>();
  for (const id of reached.keys()) {
    for (const each of before(id)) after.set(each, [...(after.get(each) ?? []), id]);
  }
  return [...search(task, (id) => after.get(id) ?? []).keys()];
}

function isUnderOne(tasks: ReadonlyMap<string, Linked>, ids: readonly string[]): boolean {
  const lines = ids.map((id) => lineOf(tasks, id));
  return ids.some((top) => lines.every((line) => line.has(top)));
}

/** A task and all above it. */
function lineOf(tasks: ReadonlyMap<string, Linked>, id: string): ReadonlySet<string> {
  const line = new Set<string>();
  for (let at: string | null = id; at !== null && !line.has(at); at = tasks.get(at)?.subtaskOf ?? null) {
    line.add(at);
  }
  return line;
}

function wayTo(task: string, cameFrom: ReadonlyMap<string, string | null>): string[] {
  const way = [];
  for (let at: string | null = task; at !== null; at = cameFrom.get(at) ?? null) way.unshift(at);
  return way;
}
