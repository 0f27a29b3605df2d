import { Migration } from "@mikro-orm/migrations";

/** A `request_id` is good for one call of its user, whatever its method. Of those used for several the newest answers. */
export class AnswerPerUser extends Migration {
  override up(): void {
    this.addSql(`delete from task.answer a using task.answer newer
      where newer.user_id = a.user_id and newer.request_id = a.request_id
        and (newer.create_time, newer.method) > (a.create_time, a.method)`);
    this.addSql("alter table task.answer drop constraint answer_pkey, add primary key (user_id, request_id)");
  }
}
