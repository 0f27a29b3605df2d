import { setImmediate as tick } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createTurns, TurnLateError } from "./turns.ts";

const never = new AbortController().signal;

/** Work that goes on until it is let go. */
function held() {
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const work = async () => {
    started.resolve();
    await release.promise;
  };
  return { work, started: started.promise, release: release.resolve };
}

describe("turns", () => {
  it("let one write of a user pass at a time, in the order in which they came", async () => {
    const turns = createTurns({ waitMs: 5_000 });
    const log: string[] = [];
    const write = (name: string) =>
      turns.take("anna", never, async () => {
        log.push(`${name} in`);
        await tick();
        log.push(`${name} out`);
      });
    await Promise.all(["a", "b", "c"].map(write));
    expect(log).toEqual(["a in", "a out", "b in", "b out", "c in", "c out"]);
  });

  it("do not hold up other users", async () => {
    const turns = createTurns({ waitMs: 5_000 });
    const anna = held();
    const first = turns.take("anna", never, anna.work);
    await anna.started;
    expect(await turns.take("ben", never, async () => "done")).toBe("done");
    anna.release();
    await first;
  });

  it("pass on after a failure, and hand over what is known of the user", async () => {
    const turns = createTurns({ waitMs: 5_000 });
    const failing = turns.take("anna", never, async (turn) => {
      turn.newest = 7n;
      throw new Error("failed");
    });
    const next = turns.take("anna", never, async (turn) => turn.newest);
    await expect(failing).rejects.toThrow("failed");
    expect(await next).toBe(7n);
  });

  it("end for who waits too long, without letting the next one past who still works", async () => {
    const turns = createTurns({ waitMs: 5 });
    const anna = held();
    const first = turns.take("anna", never, anna.work);
    await expect(turns.take("anna", never, async () => "done")).rejects.toThrow(TurnLateError);
    let passed = false;
    const third = turns.take("anna", never, async () => {
      passed = true;
    });
    await expect(third).rejects.toThrow(TurnLateError);
    expect(passed).toBe(false);
    anna.release();
    await first;
    expect(await turns.take("anna", never, async () => "done")).toBe("done");
  });

  it("end for who goes away", async () => {
    const turns = createTurns({ waitMs: 5_000 });
    const anna = held();
    const first = turns.take("anna", never, anna.work);
    const caller = new AbortController();
    const second = turns.take("anna", caller.signal, async () => "done");
    caller.abort(new Error("gone"));
    await expect(second).rejects.toThrow("gone");
    await expect(turns.take("anna", caller.signal, async () => "done")).rejects.toThrow("gone");
    anna.release();
    await first;
  });
});
