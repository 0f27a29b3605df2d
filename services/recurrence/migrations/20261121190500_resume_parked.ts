import { Migration } from "@mikro-orm/migrations";

/** Advances that were parked are tried again by and by, not only when a process starts. */
export class ResumeParked extends Migration {
  override up(): void {
    this.addSql("drop function recurrence.resume_advances(timestamptz)");
    this.addSql(`create function recurrence.resume_advances(at timestamptz, parked_until timestamptz) returns bigint
      language sql volatile security definer set search_path = '' as $body$
        with resumed as (
          update recurrence.pending_advance
          set park_time = null, refusals = 0, create_time = at, due_time = at
          where park_time <= parked_until returning 1
        )
        select count(*) from resumed
      $body$`);
    const signature = "resume_advances(timestamptz, timestamptz)";
    this.addSql(`revoke execute on function recurrence.${signature} from public`);
    this.addSql(`grant execute on function recurrence.${signature} to todo_recurrence`);
  }
}
