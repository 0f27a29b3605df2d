import { Migration } from "@mikro-orm/migrations";

/** The history of a task looks for the renamings of its tags. Their images stay as long as the feed does. */
export class TagHistory extends Migration {
  override up(): void {
    this.addSql("create index tag_image_task on task.tag_image (user_id, task_id, user_seq)");
  }
}
