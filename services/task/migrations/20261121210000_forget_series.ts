import { Migration } from "@mikro-orm/migrations";

/**
 * A series that does not go on goes with its last task: its template is content of the user as well. That is looked for at
 * the end of a transaction, since a command that purges tasks says last how their series end.
 */
export class ForgetSeries extends Migration {
  override up(): void {
    for (const sql of [forget, closed, trigger, formerly]) this.addSql(sql);
  }
}

const withoutTask = `s.state <> 1 and not exists (select from task.task t where t.series_id = s.id)`;

/** The service's role may not delete, and the wall between users stands for it. */
const forget = `create function task.forget_series() returns trigger
  language plpgsql security definer set search_path = '' as $body$
    begin
      delete from task.series s where s.id = old.series_id and ${withoutTask};
      return null;
    end
  $body$`;

const closed = "revoke execute on function task.forget_series() from public";

const trigger = `create constraint trigger forget_series after delete on task.task deferrable initially deferred
  for each row when (old.series_id is not null) execute function task.forget_series()`;

const formerly = `delete from task.series s where ${withoutTask}`;
