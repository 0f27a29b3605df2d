import { Migration } from "@mikro-orm/migrations";

/** Newer time zones concern each series whose occurrence is open, and not only those that wake by themselves. */
export class FollowInstants extends Migration {
  override up(): void {
    // The version by which task's instants of the occurrence that was made last were computed.
    this.addSql("alter table recurrence.series_state add column occurrence_tzdata text not null default ''");
    // Of series that are there nobody knows, so that each is looked at once.
    this.addSql("update recurrence.series_state set tzdata = ''");
    this.addSql(
      `create index series_state_zones on recurrence.series_state (tzdata collate "C") where ${moving}`,
    );
    for (const sql of functions) this.addSql(sql);
  }
}

const moving = `wake_at is not null
  or (active and done_how is null and plan ->> 'tzid' <> 'UTC' and plan ->> 'tzid' not like 'Etc/%')`;

/** With the same rights as before. */
const functions = [
  `create or replace function recurrence.next_of_older_zones(current text)
    returns table (series_id uuid, user_id uuid)
    language sql volatile security definer set search_path = '' as $body$
      select s.series_id, s.user_id from recurrence.series_state s
      where (${moving}) and s.tzdata collate "C" < current collate "C"
      order by s.tzdata collate "C" limit 1 for update skip locked
    $body$`,
  `create or replace function recurrence.put_off_look(series uuid, until timestamptz, zones text) returns void
    language sql volatile security definer set search_path = '' as $body$
      update recurrence.series_state
      set wake_at = case when wake_at is not null then until end,
        tzdata = greatest(tzdata collate "C", zones collate "C")
      where series_id = series and (wake_at < until or tzdata collate "C" < zones collate "C")
    $body$`,
];
