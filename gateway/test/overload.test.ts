import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { bearer, type Fixture, post, startFixture } from "./harness.ts";

/** How many the task service does at once, and how long each takes: fifty in a second. */
const [places, workMs] = [2, 40];
const callTimeoutMs = 4_000;
const room = 1_024;
const limits = {
  maxCalls: room,
  maxCallsPerUser: room,
  maxConnections: 4 * room,
  maxConnectionsPerAddress: 4 * room,
};

/** Makes the task service do a few calls at once, and the others wait for their turn, as on a pool of connections. */
function limitCapacity(fixture: Fixture): void {
  const waiting: (() => void)[] = [];
  let working = 0;
  fixture.task.getTask = async (_, { signal }) => {
    if (working >= places) await new Promise<void>((resolve) => waiting.push(resolve));
    working += 1;
    try {
      // Work that nobody waits for any more is done nevertheless, like a statement that has begun.
      await sleep(workMs);
      signal.throwIfAborted();
      return {};
    } finally {
      working -= 1;
      waiting.shift()?.();
    }
  };
}

interface Tally {
  asked: number;
  done: number;
  /** What was answered neither with the task nor with a time to come back. */
  wrong: unknown[];
}

function asker(fixture: Fixture, users: readonly Record<string, string>[], tally: Tally) {
  return async (): Promise<void> => {
    const headers = { ...users[tally.asked++ % users.length], "connect-timeout-ms": String(callTimeoutMs) };
    const { status, ...answer } = await post(fixture.url, "GetTask", { id: crypto.randomUUID() }, headers);
    if (status === 200) tally.done += 1;
    else if (status !== 429 || answer.headers.get("retry-after") === null) tally.wrong.push(answer.body);
  };
}

it("does most of what it can when five times as much is asked, refuses the rest, and is back at once [R097]", async () => {
  await using fixture = await startFixture({ config: limits });
  limitCapacity(fixture);
  const tokens = await Promise.all(Array.from({ length: 20 }, () => fixture.identity.token()));
  const tally = (): Tally => ({ asked: 0, done: 0, wrong: [] });
  const [peak, during, after] = [tally(), tally(), tally()];
  const users = tokens.map(bearer);
  const [askPeak, askDuring] = [asker(fixture, users, peak), asker(fixture, users, during)];
  const askAfter = asker(fixture, users, after);

  const peakMs = 2_000;
  const peakEnd = performance.now() + peakMs;
  const loop = async (call: () => Promise<void>) => {
    while (performance.now() < peakEnd) await call();
  };
  await Promise.all(Array.from({ length: 16 }, () => loop(askPeak)));

  const perSecond = (peak.done * 1_000) / peakMs;
  const lastsMs = 10_000;
  const calls: Promise<void>[] = [];
  const begun = performance.now();
  for (let since = 0; since < lastsMs; since = performance.now() - begun) {
    while (during.asked < (since / 1_000) * perSecond * 5) calls.push(askDuring());
    await sleep(5);
  }
  await Promise.all(calls);
  await Promise.all(Array.from({ length: 16 }, askAfter));
  const ratio = (during.done * 1_000) / lastsMs / perSecond;
  expect(peak.wrong).toEqual([]);
  expect(during.wrong).toEqual([]);
  // Its callers share the processor with it here, so the ratio is lower than it could be.
  expect(ratio).toBeGreaterThan(0.6);
  expect(after.done).toBe(16);
}, 60_000);
