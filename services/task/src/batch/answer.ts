import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DomainError } from "@todo/kit/errors";
import type {
  BatchResultSchema,
  BatchUpdateTasksResponseSchema,
} from "@todo/proto/todo/task/v1/task_service";
import type { Change, Task } from "#src/domain/task.ts";
import type { Answering } from "#src/outcome.ts";

/** What became of one task of a batch. */
export interface Item {
  id: string;
  /** `undefined` for one that failed. */
  task?: Task;
  /** `undefined`: it was so already, or failed. */
  change?: Change | undefined;
  failure?: DomainError;
}

/** How many tasks a batch means. */
export interface Selected {
  count: number;
  /** Whether there may be more. */
  isMinimum: boolean;
  /** Why no batch can be done with them, of which `Item`s are only the first. */
  refusal?: DomainError;
}

/** How a batch answers. */
export function batchAnswer(items: readonly Item[], selected: Selected) {
  return ({
    message,
    effect,
    ...rest
  }: Answering): MessageInitShape<typeof BatchUpdateTasksResponseSchema> => {
    const refusal = selected.refusal ?? effect.refusal;
    return {
      ...rest,
      results: items.map((item) => resultOf(item, message)),
      changedCount: items.filter(({ change }) => change !== undefined).length,
      failedCount: items.filter(({ failure }) => failure !== undefined).length,
      selectedCount: selected.count,
      selectedCountIsMinimum: selected.isMinimum,
      affectedCount: effect.affected,
      affectedCountIsMinimum: refusal !== undefined,
      nextOccurrenceCount: effect.nextOccurrences,
      ...(refusal && { refusal: failureOf(refusal) }),
    };
  };
}

function failureOf({ reason, message }: DomainError) {
  return { reason, message };
}

function resultOf(
  { id, task, change, failure }: Item,
  message: Answering["message"],
): MessageInitShape<typeof BatchResultSchema> {
  const changed = change !== undefined;
  if (task !== undefined) return { id, changed, outcome: { case: "task", value: message(task) } };
  if (failure === undefined) throw new Error("an item has a task or a failure");
  return {
    id,
    changed,
    outcome: { case: "failure", value: failureOf(failure) },
  };
}
