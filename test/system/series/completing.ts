import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { TaskStatus } from "@todo/proto/todo/task/v1/task";
import { beforeEach, describe, expect, it } from "vitest";
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
  settled,
  startSeries,
} from "./repeating.ts";

/** From the completion over Kafka to the next task, exactly one and right to the minute. */
export function completingSuite(bed: () => Bed): void {
  describe("a series on the last Friday of the month at 17:00 in Berlin", () => {
    let user: User;
    beforeEach(async () => {
      user = await bed().signUp();
    });

    it("has its next occurrence once the one before is done early, with all it takes over [R019, R020, R021]", async () => {
      const first = await startSeries(user, "2099-01-30T16:00:00Z", { rrule: lastFriday });
      await complete(user, first);
      const second = await nextOf(user, first);
      expect(due(second)).toBe("2099-02-27T16:00:00.000Z");
      expect(second).toMatchObject({
        title: first.title,
        tags: first.tags,
        reminderMinutes: [30],
        priority: first.priority,
        status: TaskStatus.OPEN,
        parentTaskId: first.id,
        seriesId: first.seriesId,
        isRecurring: true,
      });
    });

    it.each([
      ["spring", ["2099-02-27T16:00:00.000Z", "2099-03-27T16:00:00.000Z", "2099-04-24T15:00:00.000Z"]],
      ["autumn", ["2099-09-25T15:00:00.000Z", "2099-10-30T16:00:00.000Z", "2099-11-27T16:00:00.000Z"]],
    ])("keeps its time on the wall when the clocks change in %s [R019]", async (_, instants) => {
      let latest = await startSeries(user, instants[0] ?? "", { rrule: lastFriday });
      const first = latest;
      for (const instant of instants.slice(1)) {
        await complete(user, latest);
        latest = await nextOf(user, latest);
        expect(due(latest)).toBe(instant);
      }
      expect((await occurrences(user, first)).map(due)).toEqual(instants);
    });

    it("has one next occurrence if it is done years too late, on schedule all the same", async () => {
      // The sixth of 2020 is the last one that has passed.
      const late = await startSeries(user, "2020-06-26T15:00:00Z", { rrule: longAgo });
      await complete(user, late);
      expect(due(await nextOf(user, late))).toBe("2099-01-30T16:00:00.000Z");
      await settled(bed(), user, late);
      expect(await occurrences(user, late)).toHaveLength(2);
    });

    it("has one next occurrence, however often and at once it is completed [R064]", async () => {
      const first = await startSeries(user, "2099-02-27T16:00:00Z", { rrule: lastFriday });
      await Promise.all([1, 2, 3, 4].map(() => complete(user, first)));
      expect(due(await nextOf(user, first))).toBe("2099-03-27T16:00:00.000Z");
      await settled(bed(), user, first);
      expect(await occurrences(user, first)).toHaveLength(2);
    });

    it("goes on after an occurrence that is left out, which counts as no completion [R022]", async () => {
      const first = await startSeries(user, "2099-02-27T16:00:00Z", { rrule: lastFriday });
      const { task } = await user
        .client(SeriesService)
        .skipOccurrence({ taskId: first.id, reason: "on holiday" });
      expect(task).toMatchObject({ status: TaskStatus.SKIPPED });
      expect(task?.completeTime).toBeUndefined();
      expect(due(await nextOf(user, first))).toBe("2099-03-27T16:00:00.000Z");
    });

    it.each([
      ["as many as COUNT says", "COUNT=3"],
      // The time of the third one itself: UNTIL is inclusive.
      ["the last one by UNTIL", "UNTIL=20990424T150000Z"],
    ])("ends after %s [R022]", async (_, bound) => {
      const first = await startSeries(user, "2099-02-27T16:00:00Z", { rrule: `${lastFriday};${bound}` });
      await complete(user, first);
      const second = await nextOf(user, first);
      await complete(user, second);
      const third = await nextOf(user, second);
      expect(due(third)).toBe("2099-04-24T15:00:00.000Z");
      expect(third.nextOccurrence).toBeUndefined();
      await complete(user, third);
      expect(await exhausted(user, first)).toMatchObject({ number: 3, skippedCount: 0 });
      const all = await occurrences(user, first);
      expect(all.map(({ status }) => status)).toEqual(Array(3).fill(TaskStatus.COMPLETED));
    });
  });
}
