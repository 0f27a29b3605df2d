import { Migration } from "@mikro-orm/migrations";

/** The feed knows who made a change and what was there before, so that it can be shown and taken back. */
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
    this.addSql("create index feed_task on task.feed (user_id, task_id, user_seq)");
  }
}
