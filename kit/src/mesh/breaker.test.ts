import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { reasonOf } from "../errors.ts";
import { createLogger } from "../log.ts";
import { createBreaker } from "./breaker.ts";

function breaker(o: { failures: number; openMs: number }) {
  const lines: string[] = [];
  const log = createLogger({ service: "test", destination: { write: (line) => lines.push(line) } });
  const { execute } = createBreaker("task", o, log);
  const outcome = (code?: Code, timeoutMs = 10_000) =>
    execute(async () => {
      if (code !== undefined) throw new ConnectError("x", code);
      return "answer";
    }, timeoutMs).catch((error: ConnectError) => reasonOf(error) ?? Code[error.code]);
  return { execute, outcome, messages: () => lines.map((line) => JSON.parse(line).message) };
}

describe("a breaker [R097]", () => {
  it("opens after the failures in a row that it is told, and says so once", async () => {
    const { outcome, messages } = breaker({ failures: 3, openMs: 60_000 });
    await outcome(Code.Unavailable);
    await outcome(Code.DeadlineExceeded);
    expect(await outcome()).toBe("answer");
    for (let failure = 0; failure < 3; failure++) expect(await outcome(Code.Unavailable)).toBe("Unavailable");
    expect(await outcome()).toBe("DEPENDENCY_UNAVAILABLE");
    expect(await outcome()).toBe("DEPENDENCY_UNAVAILABLE");
    expect(messages()).toEqual(["breaker opened"]);
  });

  it.each([
    Code.NotFound,
    Code.Canceled,
    Code.InvalidArgument,
    Code.Internal,
    Code.ResourceExhausted,
    Code.PermissionDenied,
  ])("takes status %i for a sign of life", async (code) => {
    const { outcome } = breaker({ failures: 1, openMs: 60_000 });
    for (let call = 0; call < 3; call++) expect(await outcome(code)).toBe(Code[code]);
    expect(await outcome()).toBe("answer");
  });

  it("does not hear of calls that had hardly any time and came too late", async () => {
    const { outcome } = breaker({ failures: 3, openMs: 60_000 });
    for (let call = 0; call < 50; call++) await outcome(Code.DeadlineExceeded, 5);
    expect(await outcome()).toBe("answer");
    for (let call = 0; call < 2; call++) await outcome(Code.DeadlineExceeded);
    await outcome(Code.DeadlineExceeded, 5);
    await outcome(Code.Unavailable, 5);
    expect(await outcome()).toBe("DEPENDENCY_UNAVAILABLE");
    expect(await outcome(undefined, 5)).toBe("DEPENDENCY_UNAVAILABLE");
  });

  it("lets one call try again, and does not keep the others waiting for its outcome", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const { execute, outcome, messages } = breaker({ failures: 1, openMs: 5_000 });
    await outcome(Code.Unavailable);
    vi.advanceTimersByTime(4_999);
    expect(await outcome()).toBe("DEPENDENCY_UNAVAILABLE");
    vi.advanceTimersByTime(1);
    const probe = Promise.withResolvers<string>();
    const trying = execute(() => probe.promise, 10_000);
    expect(await outcome()).toBe("DEPENDENCY_UNAVAILABLE");
    probe.resolve("back");
    expect(await trying).toBe("back");
    expect(await outcome()).toBe("answer");
    expect(messages()).toEqual(["breaker opened", "breaker closed"]);
  });
});
