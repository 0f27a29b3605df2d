import type { Room } from "#src/rate/bucket.ts";

/**
 * What is left of which quota, as callers read it in the headers of every answer (draft-ietf-httpapi-ratelimit-headers).
 *
 * The one that is nearest to its end comes first, for those who read no further.
 */
export function rateHeaders(rooms: readonly Room[]): Record<string, string> {
  const sorted = rooms.toSorted((a, b) => a.remaining - b.remaining);
  return {
    "ratelimit-policy": sorted.map(({ quota }) => `"${quota.name}";q=${quota.perMinute};w=60`).join(", "),
    ratelimit: sorted
      .map(({ quota, remaining, resetMs }) => `"${quota.name}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`)
      .join(", "),
  };
}
