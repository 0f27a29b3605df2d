import { undoTokenInvalid } from "./errors.ts";

/** The changes of one command, by their places among all changes of their user. */
export interface Command {
  first: bigint;
  count: number;
}

/** As many changes as one command ever makes. */
export const maxChanges = 1_000;

const format = /^u1-([1-9][0-9]{0,18})-([1-9][0-9]{0,3})$/;

/**
 * What takes a command back. It needs no secret: places count within one user, so to somebody else it means changes of
 * their own.
 */
export function undoTokenOf({ first, count }: Command): string {
  return `u1-${first}-${count}`;
}

/** Throws UNDO_TOKEN_INVALID. */
export function commandOf(token: string): Command {
  const [, first, count] = format.exec(token) ?? [];
  if (first === undefined || Number(count) > maxChanges) throw undoTokenInvalid();
  return { first: BigInt(first), count: Number(count) };
}
