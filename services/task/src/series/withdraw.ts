import { isUntouched, type OccurrenceTask } from "#src/domain/occurrence.ts";
import type { Changed } from "#src/outcome.ts";
import type { Parts } from "#src/queries/parts.ts";
import { moved } from "./parts.ts";

/** An occurrence that was made because another one was done. */
export interface Successor {
  former: OccurrenceTask;
  latest: OccurrenceTask;
  /** Of the latest. */
  parts: Parts;
}

/** Whether it can go with what it was made for: nobody changed it since, nor does the command. */
export function isWithdrawable({ latest, parts }: Successor, changes: readonly Changed[]): boolean {
  const direct = parts.repeating.filter(({ subtaskOf }) => subtaskOf === latest.id).length;
  const concerned = new Set([latest, ...parts.own, ...parts.repeating].map(({ id }) => id));
  return isUntouched(latest, direct) && !changes.some(({ task }) => concerned.has(task.id));
}

/** Each goes into the trash with its parts. What repeats by itself of it goes back to what it came from. */
export function withdrawn(successors: readonly Successor[], now: Date): Changed[] {
  const gone = new Set(successors.map(({ latest }) => latest.id));
  return successors.flatMap(({ former, latest, parts }) => {
    const trashed = [latest, ...parts.own.filter(({ id }) => !gone.has(id))];
    const origins = new Map(Object.entries(latest.occurrence.places ?? {}).map(([from, to]) => [to, from]));
    const back = parts.repeating.filter(({ id }) => !gone.has(id));
    return [
      ...trashed.flatMap((task) => {
        const change = task.delete(undefined, now, task === latest ? null : latest.id);
        return change === undefined ? [] : [{ task, change }];
      }),
      ...back.flatMap((part) => moved(part, origins.get(part.subtaskOf ?? "") ?? former.id, now)),
    ];
  });
}
