import { Migration } from "@mikro-orm/migrations";

/** A series that ended need not be known for ever: whatever brings it back tells all of it. */
export class ForgetEnded extends Migration {
  override up(): void {
    this.addSql(
      "alter table recurrence.series_state add column change_time timestamptz not null default now()",
    );
    this.addSql("create index series_state_ended on recurrence.series_state (change_time) where not active");
    this.addSql(`create function recurrence.forget_ended(before timestamptz, most integer) returns integer
      language sql volatile security definer set search_path = '' as $body$
        with gone as (
          delete from recurrence.series_state s where s.series_id = any (array(
            select o.series_id from recurrence.series_state o
            where not o.active and o.change_time < before
              and not exists (select from recurrence.pending_advance p where p.series_id = o.series_id)
            limit most for update skip locked
          )) returning 1
        )
        select count(*)::integer from gone
      $body$`);
    const signature = "forget_ended(timestamptz, integer)";
    this.addSql(`revoke execute on function recurrence.${signature} from public`);
    this.addSql(`grant execute on function recurrence.${signature} to todo_recurrence`);
  }
}
