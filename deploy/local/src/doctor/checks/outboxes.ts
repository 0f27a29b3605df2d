import { type Check, type Finding, fault, unless, warning } from "../check.ts";
import type { Reach } from "../reach.ts";

/** A relay sends within milliseconds; what waits longer waits for something. */
const [slowSeconds, stuckSeconds] = [10, 60];

/** Whether what was written goes out. */
export const outboxes: Check = {
  name: "outbox",
  async look(system) {
    return (await Promise.all(system.schemas.map((schema) => outboxOf(system, schema)))).flat();
  },
};

async function outboxOf({ rows }: Reach, schema: string): Promise<Finding[]> {
  const [row] = await rows<{ depth: number; age: number; parked: number }>(`
    select (select count(*)::integer from (select from ${schema}.outbox limit 100000) waiting) as depth,
      coalesce(extract(epoch from clock_timestamp()
        - (select created_at from ${schema}.outbox order by seq limit 1)), 0)::float8 as age,
      (select count(distinct stream_id)::integer from ${schema}.outbox where parked_at is not null) as parked`);
  const { depth = 0, age = 0, parked = 0 } = row ?? {};
  const waits = `${depth} events of ${schema} wait for the broker, the oldest for ${Math.round(age)} s`;
  const cure = `see whether Kafka is ready and ${schema} runs; they go out by themselves then`;
  const found: Finding[] = [];
  if (parked > 0) {
    const held = `${parked} streams of ${schema} are held back by an event that the broker refuses`;
    found.push(fault(held, "find out why (park_reason), cure it, then release the streams"));
  }
  if (age > stuckSeconds) found.push(fault(waits, cure));
  else if (age > slowSeconds) found.push(warning(waits, cure));
  return unless(found, depth === 0 ? `nothing of ${schema} waits` : waits);
}
