import type { AnyKysely } from "@todo/kit/database";
import { type ClaimedAdvance, claimAdvance } from "./pending-table.ts";

/** Takes advances out of those that wait, so that no user has all the lanes of a process. */
export interface Claims {
  /** Takes the one that has waited longest, and does some work with it. Says whether there was one. */
  withOne(work: (claimed: ClaimedAdvance) => Promise<void>): Promise<boolean>;
}

/** Task makes the changes of a user one after the other, so that more would not be faster. */
const mostPerUser = 2;

export function createClaims(o: { database: AnyKysely; now: () => Date; leaseMs: number }): Claims {
  const working = new Map<string, number>();
  const count = (userId: string, by: number) => {
    const now = (working.get(userId) ?? 0) + by;
    if (now === 0) working.delete(userId);
    else working.set(userId, now);
  };
  const claim = async () => {
    const passedOver = [...working].flatMap(([userId, n]) => (n < mostPerUser ? [] : [userId]));
    const claimed = await claimAdvance(o.database, { now: o.now(), leaseMs: o.leaseMs, passedOver });
    if (claimed !== undefined) count(claimed.userId, 1);
    return claimed;
  };
  /** One claim at a time: each has to know whose advances the others took. */
  let last: Promise<unknown> = Promise.resolve();
  const next = () => {
    const claimed = last.then(claim, claim);
    last = claimed;
    return claimed;
  };
  return {
    async withOne(work) {
      const claimed = await next();
      if (claimed === undefined) return false;
      try {
        await work(claimed);
      } finally {
        count(claimed.userId, -1);
      }
      return true;
    },
  };
}
