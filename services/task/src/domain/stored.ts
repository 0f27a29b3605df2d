import type { TaskContent } from "./content.ts";
import { type Due, placeOf } from "./due.ts";
import type { TaskFields } from "./task.ts";

/** How changes of content are stored. */
export function storedOf({ due, ...rest }: Partial<TaskContent>): Partial<TaskFields> {
  return {
    ...rest,
    ...(rest.title === undefined ? {} : { titleKey: titleKey(rest.title) }),
    ...(due === undefined ? {} : dueColumns(due)),
  };
}

export function dueColumns(due: Due | null): Pick<TaskFields, "dueKind" | "dueAt" | "dueTzid"> {
  if (due === null) return { dueKind: null, dueAt: null, dueTzid: null };
  return { dueKind: due.kind, dueAt: placeOf(due), dueTzid: due.kind === "zoned" ? due.tzid : null };
}

/**
 * Lower case, and cut to 600 bytes of UTF-8 so that a page token can hold it. Only titles of more than 150 characters
 * beyond the basic plane are ever cut.
 */
export function titleKey(title: string): string {
  let key = title.toLowerCase();
  while (Buffer.byteLength(key) > 600) key = [...key].slice(0, -1).join("");
  return key;
}
