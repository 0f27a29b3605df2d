import { Migration } from "@mikro-orm/migrations";

/** A series that cannot be looked at is put off, whether its time has come or newer time zones have. */
export class PutOffLook extends Migration {
  override up(): void {
    this.addSql("drop function recurrence.put_off_wake(uuid, timestamptz)");
    this.addSql(`create function recurrence.put_off_look(series uuid, until timestamptz, zones text) returns void
      language sql volatile security definer set search_path = '' as $body$
        update recurrence.series_state
        set wake_at = until, tzdata = greatest(tzdata collate "C", zones collate "C")
        where series_id = series and wake_at is not null
          and (wake_at < until or tzdata collate "C" < zones collate "C")
      $body$`);
    const signature = "put_off_look(uuid, timestamptz, text)";
    this.addSql(`revoke execute on function recurrence.${signature} from public`);
    this.addSql(`grant execute on function recurrence.${signature} to todo_recurrence`);
  }
}
