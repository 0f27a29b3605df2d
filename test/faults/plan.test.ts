import { describe, expect, it } from "vitest";
import type { Operation, Write } from "./history.ts";
import { type KnownTask, planWrite } from "./plan.ts";
import { seededRandom } from "./random.ts";

/** The first writes of a lane whose every write succeeds. */
function lane(seed: number, count: number): { writes: Write[]; before: (KnownTask["effect"] | undefined)[] } {
  const random = seededRandom(seed);
  const tasks: KnownTask[] = [];
  const [writes, before]: [Write[], (KnownTask["effect"] | undefined)[]] = [[], []];
  for (let n = 0; n < count; n++) {
    const { task, write } = planWrite(random, tasks, "ann", n);
    writes.push(write);
    before.push(task?.effect);
    if (task === undefined) tasks.push({ id: `${n}`, effect: write.effect });
    else task.effect = write.effect;
  }
  return { writes, before };
}

const choices = ({ writes }: { writes: Write[] }) =>
  writes.map(({ operation, effect }) => [operation, effect]);

describe("the plan of a lane", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(choices(lane(7, 200))).toEqual(choices(lane(7, 200)));
    expect(choices(lane(7, 200))).not.toEqual(choices(lane(8, 200)));
  });

  it("holds every operation, each of which changes something", () => {
    const { writes, before } = lane(7, 200);
    const all: Operation[] = ["create", "update", "complete", "reopen", "delete", "restore"];
    expect(new Set(writes.map(({ operation }) => operation))).toEqual(new Set(all));
    for (const [n, write] of writes.entries()) expect(write.effect).not.toEqual(before[n]);
  });

  it("touches a deleted task only to restore it", () => {
    const { writes, before } = lane(7, 200);
    for (const [n, write] of writes.entries())
      if (before[n]?.deleted === true) expect(write.operation).toBe("restore");
  });
});
