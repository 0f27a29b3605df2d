import { CreateTask } from "../migrations/20261121120000_create_task.ts";
import { EraseUser } from "../migrations/20261121150000_erase_user.ts";
import { RememberChanges } from "../migrations/20261121160000_remember_changes.ts";
import { RelateTasks } from "../migrations/20261121161000_relate_tasks.ts";
import { CreateSeries } from "../migrations/20261121170000_create_series.ts";
import { KeepTagImages } from "../migrations/20261121190000_keep_tag_images.ts";
import { Inherit } from "../migrations/20261121200000_inherit.ts";
import { Remind } from "../migrations/20261121201000_remind.ts";
import { ReckonSeries } from "../migrations/20261121203500_reckon_series.ts";
import { ForgetSeries } from "../migrations/20261121210000_forget_series.ts";
import { AnswerPerUser } from "../migrations/20261201001000_answer_per_user.ts";
import { TagHistory } from "../migrations/20261201002000_tag_history.ts";
import { ComposeTags } from "../migrations/20261201003000_compose_tags.ts";

/** Every migration, oldest first. */
export const migrations = [
  { name: "20261121120000_create_task", migration: CreateTask },
  { name: "20261121150000_erase_user", migration: EraseUser },
  { name: "20261121160000_remember_changes", migration: RememberChanges },
  { name: "20261121161000_relate_tasks", migration: RelateTasks },
  { name: "20261121170000_create_series", migration: CreateSeries },
  { name: "20261121190000_keep_tag_images", migration: KeepTagImages },
  { name: "20261121200000_inherit", migration: Inherit },
  { name: "20261121201000_remind", migration: Remind },
  { name: "20261121203500_reckon_series", migration: ReckonSeries },
  { name: "20261121210000_forget_series", migration: ForgetSeries },
  { name: "20261201001000_answer_per_user", migration: AnswerPerUser },
  { name: "20261201002000_tag_history", migration: TagHistory },
  { name: "20261201003000_compose_tags", migration: ComposeTags },
];
