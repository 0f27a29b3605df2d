import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { bearer, type Fixture, post, startFixture } from "./harness.ts";

/** How many the task service does at once, and how long each takes: fifty in a second. */
const [places, workMs] = [2, 40];
const perSecond = (places * 1_000) / workMs;
/** Four seconds of a caller's patience, told by the work that is done meanwhile: it is as long on a slow machine. */
const patience = 4 * perSecond;
/** Some wait for their answer, and the others come back after a second. Together they ask for five times as much. */
const callers = 5 * perSecond + 14;
const room = 1_024;
const limits = {
  maxCalls: room,
  maxCallsPerUser: room,
  maxConnections: 4 * room,
  maxConnectionsPerAddress: 4 * room,
};

/** What the task service did, in calls. */
interface Work {
  done: number;
  /** Of these, those whose callers would have given up before it came to them. */
  late: number;
  /** How often nobody waited for a place that was free again. */
  idle: number;
}

/** Makes the task service do a few calls at once, and the others wait for their turn, as on a pool of connections. */
function limitCapacity(fixture: Fixture): Work {
  const work: Work = { done: 0, late: 0, idle: 0 };
  const waiting: (() => void)[] = [];
  let working = 0;
  fixture.task.getTask = async () => {
    const doneBefore = work.done;
    if (working >= places) await new Promise<void>((resolve) => waiting.push(resolve));
    working += 1;
    if (work.done - doneBefore > patience) work.late += 1;
    await sleep(workMs);
    working -= 1;
    work.done += 1;
    if (waiting.length === 0) work.idle += 1;
    waiting.shift()?.();
    return {};
  };
  return work;
}

interface Tally {
  done: number;
  /** What was answered neither with the task nor with a time to come back. */
  wrong: unknown[];
}

/** Asks for a task, and waits as long as it is told to before it comes back. */
function asker(fixture: Fixture, tally: Tally) {
  return async (user: Record<string, string>): Promise<void> => {
    const headers = { ...user, "connect-timeout-ms": "30000" };
    const { status, ...answer } = await post(fixture.url, "GetTask", { id: crypto.randomUUID() }, headers);
    const retryAfter = answer.headers.get("retry-after");
    if (status === 200) tally.done += 1;
    else if (status !== 429 || retryAfter === null) tally.wrong.push(answer.body);
    else await sleep(1_000 * Number(retryAfter));
  };
}

it("does most of what it can when five times as much is asked, refuses the rest, and is back at once [R097]", async () => {
  await using fixture = await startFixture({ config: limits });
  const work = limitCapacity(fixture);
  const tokens = await Promise.all(Array.from({ length: 20 }, () => fixture.identity.token()));
  const users = tokens.map(bearer);
  const during: Tally = { done: 0, wrong: [] };
  const ask = asker(fixture, during);
  const loop = async (number: number) => {
    while (work.done < 400 && during.wrong.length === 0) await ask(users[number % users.length] ?? {});
  };
  await Promise.all(Array.from({ length: callers }, (_, number) => loop(number)));
  expect(during.wrong).toEqual([]);
  expect(during.done).toBe(work.done);
  expect(work.late / work.done).toBeLessThan(0.2);
  expect(work.idle / work.done).toBeLessThan(0.2);

  const after: Tally = { done: 0, wrong: [] };
  await Promise.all(users.slice(0, 16).map(asker(fixture, after)));
  expect(after).toEqual({ done: 16, wrong: [] });
}, 180_000);
