/**
 * The shortest way from a task back to it, over what each waits for; `undefined`: there is none. `first` is what the task
 * itself is to wait for.
 */
export function ringOf(
  task: string,
  first: readonly string[],
  dependsOn: (id: string) => readonly string[],
): string[] | undefined {
  const cameFrom = new Map<string, string>(first.map((id) => [id, task]));
  for (const [id] of cameFrom) {
    if (id === task) return wayTo(task, cameFrom);
    for (const next of dependsOn(id)) if (!cameFrom.has(next)) cameFrom.set(next, id);
  }
  return undefined;
}

function wayTo(task: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [task];
  do way.unshift(cameFrom.get(way[0] ?? task) ?? task);
  while (way[0] !== task);
  return way;
}
