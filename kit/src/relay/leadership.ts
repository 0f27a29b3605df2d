import type { Queryable } from "./rows.ts";

/** The shards of every outbox, as its generated column makes them. */
export const shardCount = 64;
/** Beside the shards' own numbers: the lock that every relay shares, so that they can count themselves. */
const membership = shardCount;

/**
 * The shards that one connection leads, by advisory locks of its own: they end with it, so a relay that lost its
 * connection leads nothing. The relays of an outbox share the shards: each takes up to its fair share and gives up what
 * is beyond, so that within a few rounds every shard is led by exactly one.
 */
export interface Leadership {
  /** The shards it may send for now. */
  readonly shards: readonly number[];
  /** Takes and gives up shards. A shard of which `isBusy` is true is kept from new work, and given up later. */
  rebalance(isBusy: (shard: number) => boolean): Promise<void>;
}

/** Joins the relays of a schema's outbox. */
export async function joinRelays(client: Queryable, schema: string): Promise<Leadership> {
  const { rows } = await client.query<{ class: number }>("select hashtext($1) as class", [
    `todo.outbox.${schema}`,
  ]);
  const lockClass = rows[0]?.class ?? 0;
  await client.query("select pg_advisory_lock_shared($1, $2)", [lockClass, membership]);
  const held = new Set<number>();
  const leaving = new Set<number>();

  async function take(count: number): Promise<void> {
    const free = shuffle(
      Array.from({ length: shardCount }, (_, shard) => shard).filter((shard) => !held.has(shard)),
    );
    // The filter runs row by row and the limit stops it, so no lock is taken that is not returned.
    const taken = await client.query<{ shard: number }>(
      "select shard from unnest($2::integer[]) as shard where pg_try_advisory_lock($1, shard) limit $3",
      [lockClass, free, count],
    );
    for (const { shard } of taken.rows) held.add(shard);
  }

  async function giveUp(shards: readonly number[]): Promise<void> {
    await client.query("select pg_advisory_unlock($1, shard) from unnest($2::integer[]) as shard", [
      lockClass,
      shards,
    ]);
    for (const shard of shards) {
      held.delete(shard);
      leaving.delete(shard);
    }
  }

  return {
    get shards() {
      return [...held].filter((shard) => !leaving.has(shard));
    },
    async rebalance(isBusy) {
      const fair = Math.ceil(shardCount / (await countRelays(client, lockClass)));
      const staying = [...held].filter((shard) => !leaving.has(shard));
      for (const shard of staying.slice(fair)) leaving.add(shard);
      for (const shard of [...leaving].slice(0, Math.max(0, fair - staying.length))) leaving.delete(shard);
      const idle = [...leaving].filter((shard) => !isBusy(shard));
      if (idle.length > 0) await giveUp(idle);
      if (held.size < fair) await take(fair - held.size);
    },
  };
}

async function countRelays(client: Queryable, lockClass: number): Promise<number> {
  const { rows } = await client.query<{ count: number }>({
    name: "relay.count_relays",
    text: `select count(*)::integer as count from pg_locks
      where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
        and classid = ($1::bigint & 4294967295)::oid and objid = $2::oid and objsubid = 2 and granted`,
    values: [lockClass, membership],
  });
  return Math.max(1, rows[0]?.count ?? 1);
}

function shuffle<T>(items: T[]): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}
