import { type Check, fault, unless } from "../check.ts";

/** Whether everything that the audit log took for recorded is recorded, counted or parked. */
export const inboxes: Check = {
  name: "inbox",
  async look({ rows }) {
    const [row] = await rows<{ taken: number; lost: number }>(`
      select count(*)::integer as taken, count(*) filter (where entry.event_id is null and parked.event_id is null
        and not counted)::integer as lost
      from audit.inbox
        left join (select distinct event_id from audit.entry) entry using (event_id)
        left join (select distinct event_id from audit.parked) parked using (event_id)
      where consumer = 'audit'`);
    const { taken = 0, lost = 0 } = row ?? {};
    return unless(
      lost === 0
        ? []
        : [
            fault(
              `${lost} events count as taken by audit and have no entry`,
              "entries were deleted: compare with a backup",
            ),
          ],
      `each of ${taken} taken events has its entry`,
    );
  },
};
