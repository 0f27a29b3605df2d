import { Code, ConnectError } from "@connectrpc/connect";
import { domainError, ErrorReason, toConnectError } from "@todo/kit/errors";
import { describe, expect, it } from "vitest";
import { CallLog, outcomeOf } from "./calls.ts";

const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
const away = (o: { retryAfterMs?: number }) =>
  toConnectError(domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, "task is not available", o));

describe("what a caller got", () => {
  it.each([
    ["UNAVAILABLE", away({ retryAfterMs: 500 })],
    ["DEADLINE_EXCEEDED", new ConnectError("the operation timed out", Code.DeadlineExceeded)],
    [
      "no connection",
      new ConnectError("connect ECONNREFUSED", Code.Unavailable, undefined, undefined, refused),
    ],
    ["INTERNAL (INTERNAL)", toConnectError(domainError(ErrorReason.INTERNAL, "internal error"))],
    ["UNAVAILABLE without a reason", new ConnectError("HTTP 503", Code.Unavailable)],
  ])("is %s", (outcome, error) => {
    expect(outcomeOf(error)).toBe(outcome);
  });

  it("is unfair if it says neither when to come back nor why", async () => {
    const log = new CallLog();
    for (const error of [away({ retryAfterMs: 500 }), new ConnectError("HTTP 503", Code.Unavailable)])
      await log.make("write", () => Promise.reject(error));
    expect(log.unfair({ gatewayDied: true })).toEqual(["UNAVAILABLE without a reason"]);
  });

  it("is fair without a connection only where the gateway died", async () => {
    const log = new CallLog();
    const error = new ConnectError("refused", Code.Unavailable, undefined, undefined, refused);
    await log.make("list", () => Promise.reject(error));
    expect(log.unfair({ gatewayDied: true })).toEqual([]);
    expect(log.unfair({ gatewayDied: false })).toEqual(["no connection"]);
  });
});
