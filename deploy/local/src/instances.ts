import type { AppEntry } from "./topology.ts";

/** One of the processes that an app runs as, each beside a sidecar of its own. */
export interface Instance {
  readonly entry: AppEntry;
  /** By which its processes and its ports are named: the id of the app, and of the others `task#2` and so on. */
  readonly name: string;
}

/**
 * All instances of some apps.
 * @param replicas how many there are of an app, by its id; by default one
 */
export function instancesOf(
  entries: readonly AppEntry[],
  replicas: Readonly<Record<string, number>> = {},
): Instance[] {
  for (const [id, count] of Object.entries(replicas)) {
    const serves = entries.find((entry) => entry.id === id)?.serves;
    if (serves === undefined) throw new Error(`there are no replicas of ${id}: no such app is started`);
    if (!Number.isSafeInteger(count) || count < 1) throw new Error(`${count} is no number of replicas`);
    // Everybody outside knows one address.
    if (serves === "outside" && count > 1) throw new Error(`${id} has one instance`);
  }
  return entries.flatMap((entry) =>
    Array.from({ length: replicas[entry.id] ?? 1 }, (_, n) => ({ entry, name: nameOf(entry, n + 1) })),
  );
}

const nameOf = ({ id }: AppEntry, n: number): string => (n === 1 ? id : `${id}#${n}`);
