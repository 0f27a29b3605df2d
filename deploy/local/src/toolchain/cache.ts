import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { withLock } from "./lock.ts";

/** Told, in one line each, what long work is doing. */
export type Report = (line: string) => void;

/** The user's cache folder of this project (XDG Base Directory Specification). */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const base = env["XDG_CACHE_HOME"];
  return join(base === undefined || base === "" ? join(homedir(), ".cache") : base, "todo");
}

/** A short name for content: equal parts, equal name. */
export function contentKey(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex").slice(0, 16);
}

/** Something to have in the cache: `parts` is everything that the result depends on. */
export interface CacheEntry {
  readonly name: string;
  readonly parts: readonly string[];
  /** Makes the content in an empty folder. */
  readonly make: (folder: string) => Promise<void>;
}

/**
 * The folder of a cache entry, made if it is missing. It appears under its name only when it is whole, and one process
 * makes it while others wait.
 */
export async function cached(cache: string, entry: CacheEntry): Promise<string> {
  const folder = join(cache, `${entry.name}-${contentKey([process.platform, process.arch, ...entry.parts])}`);
  if (await exists(folder)) return folder;
  await mkdir(cache, { recursive: true });
  await withLock(`${folder}.lock`, async () => {
    if (await exists(folder)) return;
    const work = await mkdtemp(join(cache, `.making-${entry.name}-`));
    try {
      await entry.make(work);
      await rename(work, folder).catch(async (error: unknown) => {
        if (!(await exists(folder))) throw error;
      });
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
  return folder;
}

export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
