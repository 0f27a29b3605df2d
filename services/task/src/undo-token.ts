import { undoTokenInvalid } from "./errors.ts";

/** The changes of one command, by their places among all changes of their user. */
export interface Command {
  /** `tags`: they are about the tags of any number of tasks, and are taken back all at once. */
  of: keyof typeof maxCounts;
  first: bigint;
  count: number;
}

/** As many changes as one command ever makes, but for one that renames a tag. */
export const maxChanges = 1_000;

/** How long a command can be taken back. */
export const undoHours = 24;

/** As many tasks as any quota allows, for tags. */
const maxCounts = { tasks: maxChanges, tags: 1_000_000 };
const prefixes = { tasks: "u1", tags: "t1" };
const format = /^(u1|t1)-([1-9][0-9]{0,18})-([1-9][0-9]{0,6})$/;

/**
 * What takes a command back. It needs no secret: places count within one user, so to somebody else it means changes of
 * their own.
 */
export function undoTokenOf({ of, first, count }: Command): string {
  return `${prefixes[of]}-${first}-${count}`;
}

/** Throws UNDO_TOKEN_INVALID. */
export function commandOf(token: string): Command {
  const [, prefix, first, count] = format.exec(token) ?? [];
  const of = prefix === prefixes.tags ? "tags" : "tasks";
  if (first === undefined || Number(count) > maxCounts[of]) throw undoTokenInvalid();
  return { of, first: BigInt(first), count: Number(count) };
}
