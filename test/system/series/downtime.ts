import { Recurrence_Missed as Missed, Recurrence_Trigger as Trigger } from "@todo/proto/todo/task/v1/series";
import { type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bed } from "../bed.ts";
import type { User } from "../user.ts";
import {
  complete,
  due,
  exhausted,
  lastFriday,
  longAgo,
  nextOf,
  occurrences,
  type Rule,
  seriesOf,
  settled,
  startSeries,
} from "./repeating.ts";

const first = "2020-01-31T16:00:00Z";
const [february, march] = ["2020-02-28T16:00:00.000Z", "2020-03-27T16:00:00.000Z"];
const [april, may, june] = [
  "2020-04-24T15:00:00.000Z",
  "2020-05-29T15:00:00.000Z",
  "2020-06-26T15:00:00.000Z",
];
const coming = "2099-01-30T16:00:00.000Z";

/** Nobody was there when occurrences fell due: what becomes of them, and how many they were. */
export function downtimeSuite(bed: () => Bed): void {
  describe("a series of which five occurrences passed while nobody worked on it", () => {
    let user: User;
    let made: Awaited<ReturnType<typeof startAll>>;
    beforeAll(async () => {
      user = await bed().signUp();
      made = await startAll();
      const recurrence = bed().process("app:recurrence");
      await recurrence.kill("SIGKILL");
      try {
        const { byDue: _, ...byCompletion } = made;
        for (const task of Object.values(byCompletion)) await complete(user, task);
      } finally {
        await recurrence.start();
      }
    });

    async function startAll() {
      const start = (rule: Rule) => startSeries(user, first, rule);
      const endedRule = `${lastFriday};UNTIL=20200630T000000Z`;
      return {
        one: await start({ rrule: longAgo }),
        none: await start({ rrule: longAgo, missed: Missed.SKIP_TO_NEXT }),
        all: await start({ rrule: longAgo, missed: Missed.CATCH_UP_ALL }),
        endedOne: await start({ rrule: endedRule }),
        endedNone: await start({ rrule: endedRule, missed: Missed.SKIP_TO_NEXT }),
        byDue: await start({ rrule: longAgo, trigger: Trigger.DUE }),
      };
    }

    /** When the occurrences behind the first are due, and how far the series counts itself. */
    async function counted(task: Task) {
      await settled(bed(), user, task);
      const { number, skippedCount } = await seriesOf(user, task);
      return [(await occurrences(user, task)).map(due).slice(1), { number, skippedCount }];
    }

    it("has the latest of them next, and counts the others", async () => {
      const latest = await nextOf(user, made.one);
      expect(await counted(made.one)).toEqual([[june], { number: 6, skippedCount: 4 }]);
      await complete(user, latest);
      await nextOf(user, latest);
      expect(await counted(made.one)).toEqual([[june, coming], { number: 7, skippedCount: 4 }]);
    });

    it("goes on with the one to come where none of them is wanted, and counts all", async () => {
      await nextOf(user, made.none);
      expect(await counted(made.none)).toEqual([[coming], { number: 7, skippedCount: 5 }]);
    });

    it("has one after the other where all are wanted, each once the one before is done", async () => {
      let latest = made.all;
      const instants = [february, march, april, may, june, coming];
      for (const instant of instants) {
        const next = await nextOf(user, latest);
        expect(due(next)).toBe(instant);
        if (instant !== coming) await complete(user, next);
        latest = next;
      }
      expect(await counted(made.all)).toEqual([instants, { number: 7, skippedCount: 0 }]);
    });

    it("ends if its rule ended meanwhile: after the latest, or at once where none is wanted [R022]", async () => {
      await complete(user, await nextOf(user, made.endedOne));
      await exhausted(user, made.endedOne);
      expect(await counted(made.endedOne)).toEqual([[june], { number: 6, skippedCount: 4 }]);
      await exhausted(user, made.endedNone);
      expect(await counted(made.endedNone)).toEqual([[], { number: 1, skippedCount: 5 }]);
    });

    it("and that is made by due date has the latest of them, though the one before is open", async () => {
      await nextOf(user, made.byDue);
      expect(await counted(made.byDue)).toEqual([[june], { number: 6, skippedCount: 4 }]);
      const open = (await occurrences(user, made.byDue)).map(({ status }) => status);
      expect(open).toEqual([TaskStatus.OPEN, TaskStatus.OPEN]);
    });
  });
}
