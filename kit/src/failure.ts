import { Code, ConnectError } from "@connectrpc/connect";
import pg from "pg";
import { DomainError, reasonName } from "./errors.ts";

/** What a failed handler means for the event. */
export type FailureKind =
  /** The database or the mesh is away: the event is fine, ask again later. */
  | "infrastructure"
  /** Two transactions met: run it again at once. */
  | "conflict"
  /** The handler cannot take the event. */
  | "event";

/**
 * Classes 08 (connection), 28 (a password is being rotated), 53 (resources), 58 (system), what a shutdown and a standby
 * say, and statements that waited too long: a slow database is no fault of the event.
 */
const awayCodes = /^(08|28|53|58)|^57P0|^(25006|55P03|57014)$/;
const conflictCodes = new Set(["40001", "40P01"]);
const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);
/** What `pg` says without a code when its connection is gone or cannot be had. */
const lostConnection =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after)/;

/** Sorts a handler's error by itself or any of its causes. */
export function failureKind(error: unknown): FailureKind {
  for (const one of chain(error)) {
    const code = codeOf(one);
    if (conflictCodes.has(code)) return "conflict";
    if (one instanceof pg.DatabaseError ? awayCodes.test(code) : networkCodes.has(code))
      return "infrastructure";
    if (one instanceof Error && lostConnection.test(one.message)) return "infrastructure";
    if (meshIsAway(one)) return "infrastructure";
  }
  return "event";
}

function meshIsAway(error: unknown): boolean {
  if (!(error instanceof ConnectError || error instanceof DomainError)) return false;
  return error.code === Code.Unavailable || error.code === Code.DeadlineExceeded;
}

function* chain(error: unknown): Iterable<unknown> {
  let one = error;
  for (let depth = 0; one !== undefined && one !== null && depth < 8; depth++) {
    yield one;
    if (one instanceof AggregateError) yield* one.errors;
    one = one instanceof Error ? one.cause : undefined;
  }
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/**
 * Says what went wrong without a value of the event: an error's text may quote one, its class, its code and the line
 * that threw it do not.
 */
export function describeFailure(error: unknown): { reason: string; errorClass: string } {
  const errorClass = error instanceof Error ? error.name : typeof error;
  if (error instanceof DomainError) return { reason: reasonName(error.reason), errorClass };
  const known = error instanceof pg.DatabaseError ? [error.code, error.table, error.constraint] : [];
  const reason = [errorClass, ...known, thrownAt(error)].filter(Boolean).join(" ");
  return { reason: reason.slice(0, 1000), errorClass: errorClass.slice(0, 200) };
}

function thrownAt(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const frame = stack.split("\n").find((line) => /^\s+at /.test(line)) ?? "";
  const place = /([^/\\(]+:\d+):\d+\)?$/.exec(frame)?.[1];
  return place === undefined ? "" : `at ${place}`;
}
