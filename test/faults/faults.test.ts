import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { repository } from "@todo/local/repository";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../system/eventually.ts";
import { type Bed, startBed } from "./bed.ts";
import { type CallLog, callKinds } from "./calls.ts";
import { check, countViolations } from "./checker.ts";
import { type Fault, faults } from "./faults.ts";
import { comeToRest, observe } from "./observe.ts";
import { type Result, reliabilityPage, resultTable } from "./report.ts";
import { startWorkload } from "./workload.ts";

const seed = Number(process.env["FAULTS_SEED"] ?? 1);
const recoveryBoundMs = 30_000;

describe(`while users are at work with seed ${seed}`, () => {
  let bed: Bed | undefined;
  const results: Result[] = [];
  beforeAll(async () => {
    bed = await startBed();
  });
  afterAll(async () => {
    await bed?.[Symbol.asyncDispose]();
    console.log(resultTable(results));
    // Part of a run says nothing about the whole.
    if (results.length === faults.length && process.env["FAULTS_WRITE"] === "1")
      writeFileSync(join(repository, "docs/reliability.md"), reliabilityPage(results, seed));
  });

  it.each(faults)(
    "$name: nothing is lost, doubled, out of order or shown to others [R064, R070]",
    async (fault) => {
      if (bed === undefined) throw new Error("the system did not start");
      await bed.mend();
      results.push(await endure(bed, fault));
    },
  );
});

/** Lets users work through a fault, and compares what they know with what the system holds. */
async function endure(bed: Bed, fault: Fault): Promise<Result> {
  const users = await Promise.all([bed.signUp(), bed.signUp(), bed.signUp()]);
  const workload = startWorkload({ users, seed, lanes: 3, patience: 60_000 });
  const { history, log } = workload;
  let recovered: number | undefined;
  try {
    await allKindsSucceed(log, performance.now());
    const ended = await fault.strike(bed);
    recovered = await allKindsSucceed(log, ended).catch(() => undefined);
    await sleep(1_000);
  } finally {
    await workload.stop();
  }
  const rested = await comeToRest(bed, 60_000);
  const violations = check(history, await observe(bed, users));
  const acknowledged = history.writes.filter(({ answers }) => answers.length > 0);
  expect.soft(violations).toEqual([]);
  expect.soft(acknowledged).toHaveLength(history.writes.length);
  expect.soft(log.unfair({ gatewayDied: fault.gatewayDies === true })).toEqual([]);
  expect.soft(rested).toBe(true);
  expect.soft(recovered).toBeDefined();
  return {
    fault: fault.name,
    calls: log.calls.length,
    failures: log.failures(),
    recoverySeconds: recovered,
    writes: acknowledged.length,
    found: countViolations(violations),
  };
}

/** Waits until each kind of call that began after a time has succeeded. Says how many seconds that took. */
async function allKindsSucceed(log: CallLog, after: number): Promise<number> {
  const last = await eventually(
    "every kind of call succeeds",
    async () => {
      const firsts = callKinds.map((kind) => log.firstSuccess(kind, after)?.ended);
      const ended = firsts.filter((time) => time !== undefined);
      return ended.length === callKinds.length ? Math.max(...ended) : undefined;
    },
    recoveryBoundMs,
  );
  return (last - after) / 1000;
}
