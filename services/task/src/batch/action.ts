import {
  type BatchUpdateTasksRequest,
  BatchUpdateTasksRequest_Transition as Transition,
} from "@todo/proto/todo/task/v1/task_service";
import type { TaskContent } from "#src/domain/content.ts";
import { tagsOf } from "#src/domain/tags.ts";
import type { Change, Task } from "#src/domain/task.ts";
import { changesOf } from "#src/mapping.ts";
import { requireValid } from "#src/rule-outcome.ts";

/** What is done to each task of a batch; nothing where it is so already. */
export type Action = (task: Task, seenVersion: number | undefined, now: Date) => Change | undefined;

const transitions: { readonly [transition: number]: Action } = {
  [Transition.COMPLETE]: (task, seenVersion, now) => task.complete(seenVersion, now),
  [Transition.REOPEN]: (task, seenVersion, now) => task.reopen(seenVersion, now),
  [Transition.DELETE]: (task, seenVersion, now) => task.delete(seenVersion, now),
  [Transition.RESTORE]: (task, seenVersion, now) => task.restore(seenVersion, now),
};

/** Throws REQUEST_INVALID for content that no task may have. */
export function batchAction(action: BatchUpdateTasksRequest["action"]): Action {
  switch (action.case) {
    case "fields": {
      const changes = changesOf({ ...unnamed, ...action.value });
      requireValid(changes, (field) => `fields.${field}`);
      return (task, seenVersion, now) => task.update(changes, seenVersion, now);
    }
    case "tags": {
      const [add, remove] = [tagsOf(action.value.add), tagsOf(action.value.remove)];
      requireValid({ tags: add }, (field) => field.replace("tags", "tags.add"));
      return (task, seenVersion, now) => task.update(retagged(task, add, remove), seenVersion, now);
    }
    case "transition":
      return transitions[action.value] ?? unknown();
    default:
      return unknown();
  }
}

/** What no batch changes. */
const unnamed = { tags: [], subtaskOf: "", dependsOn: [], completeWithSubtasks: false };

function retagged(task: Task, add: readonly string[], remove: readonly string[]): Pick<TaskContent, "tags"> {
  const kept = task.tags.filter((tag) => add.includes(tag) || !remove.includes(tag));
  return { tags: [...kept, ...add.filter((tag) => !kept.includes(tag))] };
}

function unknown(): never {
  throw new RangeError("the contract lets no other action pass");
}
