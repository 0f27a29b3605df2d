import type { AnyKysely } from "@todo/kit/database";
import { ChainWalk, type Head, type Verdict } from "#src/chain.ts";
import { asUser, linksAfter, tipOf } from "#src/queries.ts";

const batch = 100;

/**
 * Walks a user's whole chain in batches, each in a transaction of its own, so that neither memory nor a snapshot grows
 * with the log. What is added meanwhile is not looked at.
 */
export async function verifyChain(
  database: AnyKysely,
  userId: string,
  signal: AbortSignal,
): Promise<{ head: Head; verdict: Verdict }> {
  const { head, newest } = await asUser(database, userId, (tx) => tipOf(tx, userId));
  const walk = new ChainWalk();
  for (let after = 0n; after < newest; ) {
    signal.throwIfAborted();
    const range = { userId, after, upTo: newest, limit: batch };
    const links = await asUser(database, userId, (tx) => linksAfter(tx, range));
    for (const link of links) walk.accept(link);
    after = links.at(-1)?.number ?? newest;
  }
  return { head, verdict: walk.finish(head) };
}
