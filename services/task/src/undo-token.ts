import { undoTokenInvalid } from "./errors.ts";

/** The changes of one command, by their places among all changes of their user. */
export interface Command {
  /** `tags`: they are about the tags of any number of tasks, and are taken back all at once. */
  of: "tasks" | "tags";
  first: bigint;
  count: number;
  /** Whether it was no more than a change of one thing. To take it back, or to do it again, is none either. */
  isCheap: boolean;
}

/** As many changes as one command ever makes, but for one that renames a tag. */
export const maxChanges = 1_000;

/** How long a command can be taken back. */
export const undoHours = 24;

/** As many changes as a cheap command has, with what follows from it. */
const maxCheap = 100;

/** As many tasks as any quota allows, for tags. */
const kinds = {
  w1: { of: "tasks", isCheap: true, most: maxCheap },
  u1: { of: "tasks", isCheap: false, most: maxChanges },
  t1: { of: "tags", isCheap: false, most: 1_000_000 },
} as const;
type Prefix = keyof typeof kinds;
const format = /^(w1|u1|t1)-([1-9][0-9]{0,18})-([1-9][0-9]{0,6})$/;

/**
 * What takes a command back. It needs no secret: places count within one user, so to somebody else it means changes of
 * their own. The gateway counts calls by how it begins (`cheap_prefix` in the contract).
 */
export function undoTokenOf({ of, first, count, isCheap }: Command): string {
  const prefix: Prefix = of === "tags" ? "t1" : isCheap && count <= maxCheap ? "w1" : "u1";
  return `${prefix}-${first}-${count}`;
}

/** Throws UNDO_TOKEN_INVALID. */
export function commandOf(token: string): Command {
  const [, prefix, first, count] = format.exec(token) ?? [];
  if (prefix === undefined || first === undefined) throw undoTokenInvalid();
  const { most, ...kind } = kinds[prefix as Prefix];
  if (Number(count) > most) throw undoTokenInvalid();
  return { ...kind, first: BigInt(first), count: Number(count) };
}
