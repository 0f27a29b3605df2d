import type { AnyKysely } from "@todo/kit/database";
import { ChainWalk, type Head, type Verdict, type WalkState } from "#src/chain.ts";
import { asUser, linksAfter, tipOf } from "#src/queries.ts";

const batch = 100;

/** Where a walk ends: what was the newest when it began. */
export interface Tip {
  head: Head;
  newest: bigint;
}

/** A walk that goes on with the next page. */
export interface Walk {
  tip: Tip;
  state: WalkState;
}

export interface PageOptions {
  userId: string;
  /** Not set: from the first entry on. */
  from: Walk | undefined;
  /** How many entries at most. */
  limit: number;
  /** After how many milliseconds no further batch is begun. */
  budgetMs: number;
  signal: AbortSignal;
}

/**
 * Walks a page of a user's chain in batches, each in a transaction of its own, so that neither memory nor a snapshot grows
 * with the log. What is added after the first page began is not looked at.
 */
export async function verifyPage(
  database: AnyKysely,
  { userId, from, limit, budgetMs, signal }: PageOptions,
): Promise<{ tip: Tip; verdict: Verdict; next?: Walk }> {
  const begun = performance.now();
  const tip = from?.tip ?? (await asUser(database, userId, (tx) => tipOf(tx, userId)));
  const walk = new ChainWalk(from?.state);
  const read = (after: bigint, most: number) =>
    asUser(database, userId, (tx) => linksAfter(tx, { userId, after, upTo: tip.newest, limit: most }));
  let after = walk.state.last.number;
  if (after > 0n) walk.resume((await read(after - 1n, 1))[0]);
  for (let left = limit; after < tip.newest; left -= batch) {
    signal.throwIfAborted();
    const late = left < limit && performance.now() - begun > budgetMs;
    if (left <= 0 || late) return { tip, verdict: walk.verdict(), next: { tip, state: walk.state } };
    const links = await read(after, Math.min(batch, left));
    for (const link of links) walk.accept(link);
    after = links.at(-1)?.number ?? tip.newest;
  }
  return { tip, verdict: walk.finish(tip.head) };
}

/** Walks a user's whole chain. */
export async function verifyChain(
  database: AnyKysely,
  userId: string,
  signal: AbortSignal,
): Promise<{ head: Head; verdict: Verdict }> {
  const endless = { limit: Number.MAX_SAFE_INTEGER, budgetMs: Number.POSITIVE_INFINITY };
  const { tip, verdict } = await verifyPage(database, { userId, from: undefined, ...endless, signal });
  return { head: tip.head, verdict };
}
