/** A process as Linux shows it in /proc. */
export interface Process {
  pid: number;
  parent: number;
  /** Its own processor time and that of the children it has seen end, in milliseconds. */
  cpuMs: number;
  /** What of it is in memory, pages that others share included. */
  rssBytes: number;
}

/** What a process and all that it started use together. */
export interface Usage {
  processes: number;
  cpuMs: number;
  rssBytes: number;
}

// What user space is told, whatever the kernel counts in (proc(5), sysconf(3)).
const msPerTick = 10;

/** Reads `/proc/<pid>/stat`. */
export function processOf(stat: string, pageBytes: number): Process {
  // The name in parentheses may hold anything, so fields count from behind it: this is from field 3 on.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const field = (number: number) => Number(fields[number - 3]);
  const [user, system, childrenUser, childrenSystem] = [field(14), field(15), field(16), field(17)];
  return {
    pid: Number.parseInt(stat, 10),
    parent: field(4),
    cpuMs: (user + system + childrenUser + childrenSystem) * msPerTick,
    rssBytes: field(24) * pageBytes,
  };
}

/**
 * Of a process and its descendants. One that ends between two looks goes on to count in its parent, so the difference
 * of two looks is what was used between them.
 */
export function usageOf(root: number, all: readonly Process[]): Usage {
  return sumOf(treeOf(root, all).map(({ cpuMs, rssBytes }) => ({ processes: 1, cpuMs, rssBytes })));
}

/** A process and its descendants; none: it is gone. */
export function treeOf(root: number, all: readonly Process[]): Process[] {
  const own = all.filter(({ pid }) => pid === root);
  const children = all.filter(({ parent }) => parent === root);
  return [...own, ...children.flatMap(({ pid }) => treeOf(pid, all))];
}

export function sumOf(usages: readonly Usage[]): Usage {
  const total = (of: (usage: Usage) => number) => usages.reduce((sum, usage) => sum + of(usage), 0);
  return {
    processes: total((usage) => usage.processes),
    cpuMs: total((usage) => usage.cpuMs),
    rssBytes: total((usage) => usage.rssBytes),
  };
}
