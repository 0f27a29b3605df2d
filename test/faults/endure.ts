import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { eventually } from "../system/eventually.ts";
import type { Bed } from "./bed.ts";
import { type CallLog, callKinds } from "./calls.ts";
import { check, countViolations } from "./checker.ts";
import type { Fault } from "./fault.ts";
import { comeToRest, observe } from "./observe.ts";
import { overtakenAt, type Waiting, watchOutbox } from "./outbox-watch.ts";
import { allReadyAt, type Look, readinessBreaches, unreadyApps, watchReadiness } from "./readiness.ts";
import type { Result } from "./report.ts";
import { startWorkload } from "./workload.ts";

const recoveryBoundMs = 30_000;

/** How long what is no figure may take: that all is well before a fault, and that everything is taken after it. */
const patienceMs = 120_000;

/** When a fault was there, and how long after its end what worked again, in seconds. */
interface Course {
  readonly struck: number;
  readonly ended: number;
  readonly recovered: number | undefined;
  readonly ready: number | undefined;
  readonly events: number | undefined;
}

/** Lets users work through a fault, and compares what they know with what the system holds. */
export async function endure(bed: Bed, fault: Fault, seed: number): Promise<Result> {
  const users = await Promise.all([bed.signUp(), bed.signUp(), bed.signUp()]);
  const [watch, outbox] = [watchReadiness(bed.readiness), watchOutbox(bed)];
  const workload = startWorkload({ users, seed, lanes: 3, patience: 120_000 });
  const { history, log } = workload;
  let course: Course;
  try {
    course = await goThrough(bed, fault, { log, looks: watch.looks, outbox: outbox.looks });
    await sleep(1_000);
  } finally {
    await Promise.all([workload.stop(), watch.stop(), outbox.stop()]);
  }
  const rested = await comeToRest(bed, patienceMs);
  const violations = check(history, await observe(bed, users));
  const acknowledged = history.writes.filter(({ answers }) => answers.length > 0);
  expect.soft(violations).toEqual([]);
  expect.soft(acknowledged).toHaveLength(history.writes.length);
  expect.soft(log.unfair({ gatewayDied: fault.gatewayDies === true })).toEqual([]);
  expect.soft(readinessBreaches(fault.readiness ?? {}, watch.looks, course)).toEqual([]);
  expect.soft(rested).toBe(true);
  const { recovered, ready, events } = course;
  expect.soft({ recovered, ready, events }).toEqual({
    recovered: expect.any(Number),
    ready: expect.any(Number),
    events: expect.any(Number),
  });
  return {
    fault: fault.name,
    calls: log.calls.length,
    failures: log.failures(),
    unready: unreadyApps(watch.looks, course.struck, course.ended + recoveryBoundMs),
    readySeconds: ready,
    recoverySeconds: recovered,
    eventsSeconds: events,
    writes: acknowledged.length,
    found: countViolations(violations),
  };
}

/** Where it is seen whether all is well. */
interface Signs {
  readonly log: CallLog;
  readonly looks: readonly Look[];
  readonly outbox: readonly Waiting[];
}

/** Strikes while all is well, and waits until all is well again. */
async function goThrough(bed: Bed, fault: Fault, { log, looks, outbox }: Signs): Promise<Course> {
  await allKindsSucceed(log, performance.now(), patienceMs);
  const struck = performance.now();
  const ended = await fault.strike(bed);
  const since = (time: number) => (time - ended) / 1000;
  const [recovered, ready, events] = await Promise.all([
    allKindsSucceed(log, ended, recoveryBoundMs).then(since, () => undefined),
    inTime("every app is ready", () => allReadyAt(looks, ended)).then(since, () => undefined),
    inTime("no event waits", () => overtakenAt(outbox, ended)).then(since, () => undefined),
  ]);
  return { struck, ended, recovered, ready, events };
}

/** Waits until each kind of call that began after a time has succeeded. Says when that was. */
function allKindsSucceed(log: CallLog, after: number, withinMs: number): Promise<number> {
  const ask = async () => {
    const firsts = callKinds.map((kind) => log.firstSuccess(kind, after)?.ended);
    const ended = firsts.filter((time) => time !== undefined);
    return ended.length === callKinds.length ? Math.max(...ended) : undefined;
  };
  return eventually("every kind of call succeeds", ask, withinMs);
}

function inTime<T>(what: string, ask: () => T | undefined): Promise<T> {
  return eventually(what, async () => ask(), recoveryBoundMs);
}
