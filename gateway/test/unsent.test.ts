import { connect as connectHttp2 } from "node:http2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isGone, type Outgoing } from "#src/http.ts";
import { defaultListenerLimits, listen } from "#src/listener.ts";
import { createUnsentAnswers, type UnsentLimits } from "#src/unsent.ts";
import { until } from "./harness.ts";

let stack: AsyncDisposableStack;
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

/** A listener whose answers are counted for the user that the path names. */
async function open(limits: UnsentLimits, bytes: number) {
  const unsent = createUnsentAnswers(limits);
  const responses: Outgoing[] = [];
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    limits: defaultListenerLimits,
    handler: (request, response) => {
      request.resume();
      responses.push(response);
      unsent.track(response, () => [request.url === "/nobody" ? undefined : request.url]);
      response.end(Buffer.alloc(bytes));
    },
  });
  stack.defer(() => listener.stop({ graceMs: 0, lingerMs: 0 }));
  const ask = (path: string, initialWindowSize: number) => {
    const session = connectHttp2(`http://127.0.0.1:${listener.port}`, { settings: { initialWindowSize } });
    stack.defer(() => session.destroy());
    const stream = session.request({ ":path": path });
    const answer = { bytes: 0, closed: false };
    stream
      .on("error", () => undefined)
      .on("data", (chunk: Buffer) => {
        answer.bytes += chunk.length;
      });
    stream.once("close", () => {
      answer.closed = true;
    });
    return answer;
  };
  return { ask, responses };
}

describe("answers that nobody takes", () => {
  it.each([
    ["number", { answers: 2, bytes: 1e9 }],
    ["bytes", { answers: 100, bytes: 250_000 }],
  ])("are cut beyond their %s, and nobody else's", async (_what, limits) => {
    const { ask } = await open(limits, 100_000);
    const [first, second] = [ask("/a", 0), ask("/a", 0)];
    const third = ask("/a", 0);
    await until(() => [first, second, third].filter(({ closed }) => closed).length === 1);
    const other = ask("/b", 1_000_000);
    await until(() => other.closed);
    expect(other.bytes).toBe(100_000);
  });

  it("have no bound in common where they are nobody's", async () => {
    const { ask, responses } = await open({ answers: 1, bytes: 1e9 }, 100_000);
    const answers = [ask("/nobody", 0), ask("/nobody", 0), ask("/nobody", 0)];
    await until(() => responses.length === 3 && responses.every(({ writableEnded }) => writableEnded));
    const taken = ask("/nobody", 1_000_000);
    await until(() => taken.closed);
    expect([taken.bytes, answers.some(({ closed }) => closed)]).toEqual([100_000, false]);
  });

  it("count no more when they have ended", async () => {
    const { ask, responses } = await open({ answers: 1, bytes: 1e9 }, 100_000);
    ask("/a", 0);
    await until(() => responses.length === 1);
    responses[0]?.destroy();
    await until(() => responses.every(isGone));
    const next = ask("/a", 1_000_000);
    await until(() => next.closed);
    expect(next.bytes).toBe(100_000);
  });
});
