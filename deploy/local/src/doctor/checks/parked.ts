import { type Check, fault, unless } from "../check.ts";
import { tablesNamed } from "../tables.ts";

/** Whether a consumer holds events back whose handler failed. */
export const parked: Check = {
  name: "parked",
  async look(system) {
    const schemas = await tablesNamed(system, "parked");
    const found = await Promise.all(
      schemas.map(async (schema) => {
        const rows = await system.rows<{ topic: string; keys: number; events: number }>(
          `select topic, count(distinct key)::integer as keys, count(*)::integer as events
           from ${schema}.parked group by topic order by topic`,
        );
        return rows.map(({ topic, keys, events }) =>
          fault(
            `${schema} holds back ${events} events of ${keys} keys of ${topic}`,
            "npm run events -- parked says why; cure the cause, then redrive",
          ),
        );
      }),
    );
    return unless(found.flat(), `no key is parked at ${schemas.join(", ")}`);
  },
};
