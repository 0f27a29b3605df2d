import { Migration } from "@mikro-orm/migrations";

/**
 * The feed knows who made a change and what was there before, so that it can be shown and taken back; also changes of
 * many tasks at once. The counter knows how many tasks its user has.
 */
export class RememberChanges extends Migration {
  override up(): void {
    this.addSql(`alter table task.feed
      add column version integer,
      add column actor text check (actor in ('person', 'agent', 'service')),
      add column app text,
      add column request_id text,
      add column trace_id text,
      add column before jsonb,
      add column after jsonb`);
    this.addSql("alter table task.feed alter column task_id drop not null");
    this.addSql("alter table task.user_counter add column task_count integer not null default 0");
    this.addSql(`update task.user_counter c
      set task_count = (select count(*) from task.task t where t.user_id = c.user_id)`);
    this.addSql("create index feed_task on task.feed (user_id, task_id, user_seq)");
  }
}
