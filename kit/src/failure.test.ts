import { Code, ConnectError } from "@connectrpc/connect";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { domainError, ErrorReason } from "./errors.ts";
import { describeFailure, failureKind } from "./failure.ts";

function databaseError(code: string, over: Partial<pg.DatabaseError> = {}): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError("value 'buy milk' is wrong", 1, "error"), { code, ...over });
}

describe("a failure", () => {
  it.each([
    ["08006", "infrastructure"],
    ["28P01", "infrastructure"],
    ["53300", "infrastructure"],
    ["57P01", "infrastructure"],
    ["57P03", "infrastructure"],
    ["57014", "infrastructure"],
    ["25006", "infrastructure"],
    ["40001", "conflict"],
    ["40P01", "conflict"],
    ["23505", "event"],
    ["22P02", "event"],
    ["42P01", "event"],
    ["42501", "event"],
  ])("of the database with %s concerns the %s", (code, kind) => {
    expect(failureKind(databaseError(code))).toBe(kind);
    expect(failureKind(new Error("wrapped", { cause: databaseError(code) }))).toBe(kind);
  });

  it.each([
    [new Error("Connection terminated unexpectedly"), "infrastructure"],
    [new Error("timeout exceeded when trying to connect"), "infrastructure"],
    [new AggregateError([Object.assign(new Error("x"), { code: "ECONNREFUSED" })]), "infrastructure"],
    [new ConnectError("away", Code.Unavailable), "infrastructure"],
    [new ConnectError("wrong", Code.InvalidArgument), "event"],
    [domainError(ErrorReason.TASK_NOT_FOUND, "no such task"), "event"],
    [new TypeError("x is undefined"), "event"],
    ["a string", "event"],
    [undefined, "event"],
  ])("%s concerns the %s", (error, kind) => {
    expect(failureKind(error)).toBe(kind);
  });

  it("that is its own cause is sorted too", () => {
    const error = new Error("round and round");
    error.cause = error;
    expect(failureKind(error)).toBe("event");
  });
});

describe("the description of a failure", () => {
  it("names the reason of a domain error", () => {
    expect(describeFailure(domainError(ErrorReason.TASK_NOT_FOUND, "no task 'buy milk'"))).toEqual({
      reason: "TASK_NOT_FOUND",
      errorClass: "DomainError",
    });
  });

  it("names code, table and constraint of the database, and no value", () => {
    const error = databaseError("23505", {
      table: "entry",
      constraint: "entry_pkey",
      detail: "Key (id)=(buy milk)",
    });
    const { reason } = describeFailure(error);
    expect(reason).toContain("23505 entry entry_pkey");
    expect(reason).not.toContain("milk");
  });

  it("holds nothing of a text that was thrown", () => {
    expect(describeFailure("buy milk")).toEqual({ reason: "string", errorClass: "string" });
  });
});
