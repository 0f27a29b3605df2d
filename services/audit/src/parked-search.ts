import { Code, ConnectError } from "@connectrpc/connect";
import type { ParkedEvent } from "@todo/proto/todo/audit/v1/parked";
import type { Consumers } from "#src/consumers.ts";

/** What waits, as far as it could be seen. */
export interface Found {
  found: ParkedEvent[];
  /** The consumers that did not answer. */
  unreachable: string[];
}

/** How long a consumer may take to say what waits there. */
const timeoutMs = 5_000;

/** Goes from consumer to consumer in the order of their names until the page is full. */
export async function parkedFrom(
  consumers: Consumers,
  o: { key: string; limit: number; consumer: string; after: bigint },
): Promise<Found> {
  const all: Found = { found: [], unreachable: [] };
  for (const [name, client] of [...consumers].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const missing = o.limit - all.found.length;
    if (name < o.consumer || missing === 0) continue;
    const request = { key: o.key, afterNumber: name === o.consumer ? o.after : 0n, pageSize: missing };
    const page = await unlessAway(client.listParkedEvents(request, { timeoutMs }));
    if (page === undefined) all.unreachable.push(name);
    else all.found.push(...page.events);
  }
  return all;
}

/** Where an event waits. */
export async function parkedOf(consumers: Consumers, eventId: string): Promise<Found> {
  const all: Found = { found: [], unreachable: [] };
  const asking = [...consumers].map(async ([name, client]) => {
    const page = await unlessAway(client.listParkedEvents({ eventId, pageSize: 10 }, { timeoutMs }));
    if (page === undefined) all.unreachable.push(name);
    else all.found.push(...page.events);
  });
  await Promise.all(asking);
  return { found: all.found.slice(0, 100), unreachable: all.unreachable.sort() };
}

/** One consumer that is away must not hide what waits at the others. */
async function unlessAway<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    const { code } = ConnectError.from(error);
    if (code === Code.Unavailable || code === Code.DeadlineExceeded) return undefined;
    throw error;
  }
}
