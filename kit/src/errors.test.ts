import { create, getOption } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { createValidateInterceptor } from "@connectrpc/validate";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@todo/proto/google/rpc/error_details";
import { ErrorReasonSchema, error as errorOption } from "@todo/proto/todo/error/v1/error_reason";
import { CreateTaskRequestSchema, TaskService } from "@todo/proto/todo/task/v1/task_service";
import { describe, expect, it } from "vitest";
import {
  codeOfName,
  detail,
  domainError,
  ErrorReason,
  isMasked,
  reasonName,
  reasonOf,
  reasonPolicy,
  toConnectError,
} from "./errors.ts";

describe("the catalogue of errors", () => {
  const reasons = ErrorReasonSchema.values.filter((value) => value.number !== ErrorReason.UNSPECIFIED);

  it.each(reasons.map((value) => [value.name, value] as const))(
    "%s has a valid code in its contract",
    (name, value) => {
      const { code, retryable } = getOption(value, errorOption);
      expect(codeOfName(code), `code of ${name}`).toBeDefined();
      expect(reasonPolicy(value.number as ErrorReason)).toEqual({
        name: name.replace("ERROR_REASON_", ""),
        code: codeOfName(code),
        retryable,
      });
    },
  );

  it("says RetryInfo for every retryable reason and for UNAVAILABLE without exception", () => {
    for (const value of reasons) {
      const error = toConnectError(domainError(value.number as ErrorReason, "x"));
      const { retryable, code } = reasonPolicy(value.number as ErrorReason);
      expect(error.findDetails(RetryInfoSchema), value.name).toHaveLength(retryable ? 1 : 0);
      if (code === Code.Unavailable) expect(retryable, value.name).toBe(true);
    }
  });

  it("refuses a number that is no reason", () => {
    expect(() => domainError(9_999 as ErrorReason, "x")).toThrow(RangeError);
  });
});

describe("toConnectError", () => {
  it("keeps what a domain error wants to say", () => {
    const cause = new Error("inner");
    const error = toConnectError(
      domainError(ErrorReason.RATE_LIMITED, "too many requests", {
        metadata: { limit: "100" },
        retryAfterMs: 2_500,
        details: [detail(BadRequestSchema, { fieldViolations: [{ field: "title" }] })],
        cause,
      }),
    );
    expect(error).toMatchObject({ code: Code.ResourceExhausted, rawMessage: "too many requests" });
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: "RATE_LIMITED", domain: "todo", metadata: { limit: "100" } },
    ]);
    expect(error.findDetails(RetryInfoSchema)).toMatchObject([
      { retryDelay: { seconds: 2n, nanos: 500_000_000 } },
    ]);
    expect(error.findDetails(BadRequestSchema)).toHaveLength(1);
  });

  it.each([
    ["a plain error", new Error("SELECT * FROM users")],
    ["something that is no error", "secret"],
    ["nothing", undefined],
    ["a Connect error that a handler made up", new ConnectError("secret", Code.NotFound)],
    ["a refusal by a peer", wire(Code.PermissionDenied)],
    ["a method that a peer does not know", wire(Code.Unimplemented)],
  ])("masks %s behind the request id", (_what, thrown) => {
    const error = toConnectError(thrown, { requestId: "request-1" });
    expect(error).toMatchObject({ code: Code.Internal, rawMessage: "internal error" });
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: "INTERNAL", metadata: { request_id: "request-1" } },
    ]);
    expect(isMasked(error)).toBe(true);
    expect(JSON.stringify([error.message, error.details.map(({ value }) => value)])).not.toMatch(
      /secret|SELECT/,
    );
  });

  it.each([
    ["a peer that is away", wire(Code.Unavailable), "DEPENDENCY_UNAVAILABLE", Code.Unavailable],
    ["a peer that is late", wire(Code.DeadlineExceeded), "DEADLINE_PASSED", Code.DeadlineExceeded],
    [
      "a passed deadline",
      new ConnectError("late", Code.DeadlineExceeded),
      "DEADLINE_PASSED",
      Code.DeadlineExceeded,
    ],
    ["a missing method", new ConnectError("no", Code.Unimplemented), "METHOD_UNKNOWN", Code.Unimplemented],
    ["a caller that left", new ConnectError("bye", Code.Canceled), undefined, Code.Canceled],
  ])("gives %s its reason", (_what, thrown, reason, code) => {
    const error = toConnectError(thrown);
    expect(error.code).toBe(code);
    expect(reasonOf(error)).toBe(reason);
  });

  it("turns protovalidate's own interceptor's error into REQUEST_INVALID with paths", async () => {
    const message = create(CreateTaskRequestSchema, { title: "" });
    const call = createValidateInterceptor()(() => Promise.reject(new Error("it passed")));
    const request = { stream: false, method: TaskService.method.createTask, message };
    const thrown = await (async () => call(request as never))().catch((error) => error);
    const error = toConnectError(thrown);
    expect(reasonOf(error)).toBe("REQUEST_INVALID");
    expect(error.findDetails(BadRequestSchema)).toMatchObject([{ fieldViolations: [{ field: "title" }] }]);
  });

  it("leaves alone what it made before", () => {
    const once = toConnectError(domainError(ErrorReason.TASK_NOT_FOUND, "task not found"));
    expect(toConnectError(once, { requestId: "x" })).toBe(once);
  });
});

describe("reasonName", () => {
  it("drops the prefix", () => {
    expect(reasonName(ErrorReason.TASK_NOT_FOUND)).toBe("TASK_NOT_FOUND");
  });
});

function wire(code: Code): ConnectError {
  const error = new ConnectError("secret", code);
  error.isWireError = true;
  return error;
}
