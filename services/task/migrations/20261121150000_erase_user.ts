import { Migration } from "@mikro-orm/migrations";
import { inboxTableSql, parkedTableSql } from "@todo/kit/event-tables";

/**
 * What it takes to obey an erasure: the tables of a consumer, and a mark on the user's counter. The counter of an erased
 * user stays and refuses, so that no write that was under way brings anything of the user back.
 */
export class EraseUser extends Migration {
  override up(): void {
    this.addSql(inboxTableSql("task"));
    this.addSql(parkedTableSql("task"));
    for (const sql of [...mark, ...refusal, ...functions]) this.addSql(sql);
  }
}

const mark = [
  `alter table task.user_counter
    add column erase_time timestamptz,
    add column erase_done_time timestamptz check (erase_done_time is null or erase_time is not null)`,
  `create index user_counter_erasing on task.user_counter (erase_time)
    where erase_time is not null and erase_done_time is null`,
];

/** Every write begins with its user's counter, and so ends here. The error's code is ours: no other error has it. */
const refusal = [
  `create function task.refuse_erased() returns trigger language plpgsql set search_path = '' as $body$
    begin
      raise exception using errcode = 'TE001', message = 'the user is erased';
    end
  $body$`,
  `create trigger refuse_erased before update of seq on task.user_counter
    for each row when (old.erase_time is not null) execute function task.refuse_erased()`,
];

/**
 * What has to look over the wall between users, or to delete, which the service's role may not. Both that delete find
 * nothing but users who are marked; the second one knows every table with rows of users, those of tomorrow too.
 */
const functions = [
  `create function task.erasures_pending(most integer) returns table (user_id uuid)
    language sql stable security definer set search_path = '' as $body$
      select c.user_id from task.user_counter c
      where c.erase_time is not null and c.erase_done_time is null order by c.erase_time limit most
    $body$`,
  `create function task.erase_tasks(erased uuid, most integer) returns table (id uuid, stream_id uuid, seq bigint)
    language sql volatile security definer set search_path = '' as $body$
      with marked as (
        select c.user_id, c.seq from task.user_counter c where c.user_id = erased and c.erase_time is not null
      ), gone as (
        delete from task.task t where t.id = any (array(
          select o.id from task.task o, marked where o.user_id = marked.user_id limit most
        )) returning t.id, t.stream_id
      )
      select gone.id, gone.stream_id, marked.seq from gone, marked
    $body$`,
  `create function task.erase_rest(erased uuid, most integer) returns integer
    language plpgsql volatile security definer set search_path = '' as $body$
    declare
      name text;
      deleted integer;
      largest integer := 0;
    begin
      if not exists (select from task.user_counter c where c.user_id = erased and c.erase_time is not null) then
        return 0;
      end if;
      for name in
        select c.relname from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'task'::regnamespace and c.relkind = 'r' and a.attname = 'user_id'
          and not a.attisdropped and c.relname not in ('task', 'user_counter')
      loop
        execute format('delete from task.%1$I where ctid = any (array(
          select o.ctid from task.%1$I o where o.user_id = $1 limit $2))', name) using erased, most;
        get diagnostics deleted = row_count;
        largest := greatest(largest, deleted);
      end loop;
      return largest;
    end
  $body$`,
  ...["erasures_pending(integer)", "erase_tasks(uuid, integer)", "erase_rest(uuid, integer)"].flatMap(
    (signature) => [
      `revoke execute on function task.${signature} from public`,
      `grant execute on function task.${signature} to todo_task`,
    ],
  ),
];
