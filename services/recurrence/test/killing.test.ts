import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { type Bed, startBed } from "./fixture.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** A process of its own, which takes the fake task for its sidecar. */
function startProcess(bed: Bed, failpoints: string): ChildProcess {
  const env = { ...bed.environment, FAILPOINTS: failpoints, LOG_LEVEL: "fatal" };
  return spawn(execPath, [main], { env, stdio: ["ignore", "ignore", "inherit"] });
}

it("replicas killed between commit and call, and between call and its end, lose no advance and double none [R070]", async () => {
  // This one takes the events, and dies of every advance in its own way: it never brings one.
  await using bed = await startBed({ failpoints: "recurrence.before-advance=throw", leaseMs: 400 });
  bed.clock.set(new Date());
  const all = Array.from({ length: 40 }, () => bed.task.begin({}));
  for (const one of all) {
    await bed.deliver(one.started);
    await bed.deliver(one.complete(bed.clock.now()));
  }
  const waiting = async () => (await bed.admin.query("select from pending_advance")).rowCount;
  expect([await waiting(), bed.task.asked.length]).toEqual([40, 0]);
  await bed.app[Symbol.asyncDispose]();

  for (const point of ["before-advance", "after-advance", "after-advance", "before-advance"]) {
    const replica = startProcess(bed, `recurrence.${point}=kill`);
    const [, signal] = await once(replica, "exit");
    expect(signal).toBe("SIGKILL");
  }
  // What was asked before a death is asked again, for nobody wrote down the answer.
  const granted = bed.task.granted.length;
  expect(granted).toBeGreaterThan(0);
  expect(await waiting()).toBe(40);

  const last = startProcess(bed, "");
  await bed.drained();
  last.kill("SIGTERM");
  expect((await once(last, "exit"))[0]).toBe(0);
  expect(all.filter(({ made }) => made.size !== 2)).toEqual([]);
  expect(bed.task.granted).toHaveLength(40);
  expect(bed.task.asked.length).toBeGreaterThanOrEqual(40 + granted);
}, 120_000);
