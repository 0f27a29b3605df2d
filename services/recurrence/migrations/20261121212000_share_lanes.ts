import { Migration } from "@mikro-orm/migrations";

/** A process passes over users for whom it does enough already. The claim of the version before stays for its replicas. */
export class ShareLanes extends Migration {
  override up(): void {
    this.addSql(`create function recurrence.claim_advance(
        at timestamptz, until timestamptz, claim uuid, passed_over uuid[])
      returns table (
        series_id uuid, user_id uuid, request jsonb, traceparent text, create_time timestamptz, refusals integer)
      language sql volatile security definer set search_path = '' as $body$
        update recurrence.pending_advance p set due_time = until, lease = claim
        where p.series_id = (
          select o.series_id from recurrence.pending_advance o
          where o.due_time <= at and o.park_time is null and o.user_id <> all (passed_over)
          order by o.due_time limit 1 for update skip locked
        )
        returning p.series_id, p.user_id, p.request, p.traceparent, p.create_time, p.refusals
      $body$`);
    const signature = "claim_advance(timestamptz, timestamptz, uuid, uuid[])";
    this.addSql(`revoke execute on function recurrence.${signature} from public`);
    this.addSql(`grant execute on function recurrence.${signature} to todo_recurrence`);
  }
}
