import { LruMap } from "@todo/kit/lru";
import type { Database } from "./database.ts";
import { isPredefined } from "./domain/tags.ts";
import { tagNotPredefined, tagQuotaExceeded } from "./errors.ts";
import { listTags } from "./queries/list-tags.ts";

/** Bounds how many different tags a user has. */
export interface TagQuota {
  /**
   * Throws TAG_NOT_PREDEFINED where only the predefined tags may be used, and TAG_QUOTA_EXCEEDED if the user would have
   * too many. Reads only for a tag that it does not know yet; another process may let a few more pass meanwhile.
   */
  require(database: Database, userId: string, tags: readonly string[]): Promise<void>;
}

/** How many users' tags are remembered. One who is forgotten costs one more read. */
const usersKept = 10_000;

export function createTagQuota({ limit, free }: { limit: number; free: boolean }): TagQuota {
  const known = new LruMap<string, ReadonlySet<string>>(usersKept);
  return {
    async require(database, userId, tags) {
      const own = tags.filter((tag) => !isPredefined(tag));
      if (own.length === 0) return;
      if (!free) throw tagNotPredefined(own[0] ?? "");
      const has = known.get(userId);
      if (has !== undefined && own.every((tag) => has.has(tag))) return;
      const all = new Set((await listTags(database, userId)).tags.map(({ name }) => name));
      for (const tag of own) all.add(tag);
      const count = [...all].filter((tag) => !isPredefined(tag)).length;
      if (count > limit) throw tagQuotaExceeded(limit);
      known.set(userId, all);
    },
  };
}
