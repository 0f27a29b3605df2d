import { Code, ConnectError } from "@connectrpc/connect";
import {
  domainError,
  ErrorReason,
  errorInfo,
  reasonName,
  reasonOf,
  reasonPolicy,
  toConnectError,
} from "@todo/kit/errors";
import { createLogger } from "@todo/kit/log";
import { ErrorReasonSchema } from "@todo/proto/todo/error/v1/error_reason";
import { describe, expect, it } from "vitest";
import { answerOf, relay } from "#src/relay.ts";

const lines: string[] = [];
const log = createLogger({ service: "test", destination: { write: (line) => void lines.push(line) } });
const o = { app: "task", requestId: "request-1", log } as const;

const masked = new Set([
  "INTERNAL",
  "ASSERTION_INVALID",
  "ISSUER_REFUSED",
  "CREDENTIALS_MISSING",
  "CREDENTIALS_INVALID",
  "CREDENTIALS_EXPIRED",
  "METHOD_UNKNOWN",
]);
const reasons = ErrorReasonSchema.values
  .filter(({ number }) => number !== 0)
  .map(({ number }) => number as ErrorReason);

describe("relay", () => {
  it.each(reasons.map((reason) => [reasonName(reason), reason] as const))(
    "passes %s with its code, or masks it if it blames our own call",
    (name, reason) => {
      const upstream = toConnectError(domainError(reason, "what the service says"));
      upstream.isWireError = true;
      const answer = relay(upstream, o);
      expect(reasonOf(answer)).toBe(masked.has(name) ? "INTERNAL" : name);
      expect(answer.code).toBe(masked.has(name) ? Code.Internal : reasonPolicy(reason).code);
      expect(answer.isWireError).toBe(false);
    },
  );

  it("never passes headers and trailers of the answer it came with", () => {
    const upstream = toConnectError(domainError(ErrorReason.TASK_NOT_FOUND, "task not found"));
    upstream.metadata.set("x-upstream", "10.0.0.7");
    expect([...relay(upstream, o).metadata.keys()]).toEqual([]);
  });

  it("takes no word of another domain for ours", () => {
    const upstream = new ConnectError("access denied for spiffe://x", Code.PermissionDenied, undefined, [
      {
        desc: errorInfo(ErrorReason.SCOPE_MISSING).desc,
        value: { reason: "SCOPE_MISSING", domain: "dapr.io" },
      },
    ]);
    expect(reasonOf(relay(upstream, o))).toBe("INTERNAL");
  });

  it("replaces what the network says about a deadline, since that names addresses", () => {
    const upstream = new ConnectError(
      "Deadline exceeded after 1s,remote_addr=10.0.0.7:50001",
      Code.DeadlineExceeded,
      undefined,
      [errorInfo(ErrorReason.DEADLINE_PASSED, {})],
    );
    expect(relay(upstream, o).rawMessage).toBe("deadline passed");
  });

  it("masks what is no RPC error at all, and logs it once with the request id", () => {
    lines.length = 0;
    const answer = answerOf(relay(new TypeError("x is undefined"), o), o);
    expect(answer).toMatchObject({ code: Code.Internal, rawMessage: "internal error" });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "error", request_id: "request-1" });
  });
});

describe("answerOf", () => {
  it.each([
    [1, "1"],
    [1000, "1"],
    [2500, "3"],
    [60_000, "60"],
  ])("says Retry-After for %i ms as %s seconds", (retryAfterMs, seconds) => {
    const error = domainError(ErrorReason.RATE_LIMITED, "too many requests", { retryAfterMs });
    expect(answerOf(error, o).metadata.get("retry-after")).toBe(seconds);
  });

  it("says none where a repetition would not help", () => {
    expect(answerOf(domainError(ErrorReason.TASK_NOT_FOUND, "no"), o).metadata.has("retry-after")).toBe(
      false,
    );
  });
});
