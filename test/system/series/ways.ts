import { timestampDate } from "@bufbuild/protobuf/wkt";
import {
  Recurrence_Anchor as Anchor,
  OccurrenceScope as Scope,
  Series_State,
  Recurrence_Trigger as Trigger,
} from "@todo/proto/todo/task/v1/series";
import { type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { beforeEach, describe, expect, it } from "vitest";
import type { Bed } from "../bed.ts";
import type { User } from "../user.ts";
import { complete, due, nextOf, occurrences, seriesOf, settled, startSeries } from "./repeating.ts";

const dayMs = 86_400_000;

/** What users may choose about a series, and changes that mean more than one occurrence. */
export function waysSuite(bed: () => Bed): void {
  describe("a series", () => {
    let user: User;
    beforeEach(async () => {
      user = await bed().signUp();
    });

    it("that goes by completion starts anew on the day of that, at its time of day", async () => {
      const rule = { rrule: "FREQ=DAILY;INTERVAL=3", anchor: Anchor.COMPLETION };
      const first = await startSeries(user, "2020-02-28T16:00:00Z", rule);
      await complete(user, first);
      const second = await nextOf(user, first);
      const [done] = await occurrences(user, first);
      if (done?.completeTime === undefined) throw new Error("not done");
      const { day } = inBerlin(timestampDate(done.completeTime));
      const thirdDay = new Date(Date.parse(day) + 3 * dayMs).toISOString().slice(0, 10);
      expect(inBerlin(new Date(due(second)))).toEqual({ day: thirdDay, time: "17:00:00" });
      expect(await seriesOf(user, first)).toMatchObject({ number: 2, skippedCount: 0 });
    });

    it("that goes by due date has the next occurrence when that falls due, and not before, done or not", async () => {
      // Of yesterday: the next one falls due in a few seconds.
      const soon = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 5_000);
      const yesterday = new Date(soon.getTime() - dayMs).toISOString();
      const rule = { rrule: "FREQ=DAILY", trigger: Trigger.DUE, tzid: "UTC" };
      const [open, done] = [
        await startSeries(user, yesterday, rule),
        await startSeries(user, yesterday, rule),
      ];
      await complete(user, done);
      for (const first of [open, done]) {
        const second = await nextOf(user, first);
        expect(due(second)).toBe(soon.toISOString());
        if (second.createTime === undefined) throw new Error("never made");
        expect(timestampDate(second.createTime).getTime()).toBeGreaterThanOrEqual(soon.getTime());
        await settled(bed(), user, first);
        expect(await occurrences(user, first)).toHaveLength(2);
      }
      expect((await occurrences(user, open))[0]).toMatchObject({ status: TaskStatus.OPEN });
    });

    it("that is changed from an occurrence on makes the next ones so, and leaves what is done", async () => {
      const first = await startSeries(user, "2099-02-27T16:00:00Z", {});
      await complete(user, first);
      const second = await nextOf(user, first);
      await rename(user, second, { title: "Send the bill", scope: Scope.THIS_AND_FUTURE });
      await complete(user, second);
      const third = await nextOf(user, second);
      await rename(user, third, { title: "Send it to Ann", scope: Scope.THIS });
      await complete(user, third);
      await nextOf(user, third);
      const titles = (await occurrences(user, first)).map(({ title }) => title);
      expect(titles).toEqual(["Send the invoice", "Send the bill", "Send it to Ann", "Send the bill"]);
    });

    it("that is deleted with all its occurrences ends, and Undo lets it go on with one", async () => {
      const first = await startSeries(user, "2099-02-27T16:00:00Z", {});
      await complete(user, first);
      const second = await nextOf(user, first);
      const { undoToken } = await user.client(TaskService).deleteTask({ id: second.id, scope: Scope.ALL });
      await settled(bed(), user, first);
      expect(await seriesOf(user, first)).toMatchObject({ state: Series_State.ENDED });
      expect((await occurrences(user, first)).map(({ id }) => id)).toEqual([first.id]);
      await user.client(TaskService).undo({ undoToken });
      expect((await nextOf(user, first)).id).toBe(second.id);
      await complete(user, second);
      expect(due(await nextOf(user, second))).toBe("2099-04-24T15:00:00.000Z");
      await settled(bed(), user, first);
      expect(await occurrences(user, first)).toHaveLength(3);
    });
  });
}

async function rename(user: User, { id }: Task, o: { title: string; scope: Scope }): Promise<void> {
  await user.client(TaskService).updateTask({ id, ...o, updateMask: { paths: ["title"] } });
}

const clock = new Intl.DateTimeFormat("en-CA", {
  timeZone: "Europe/Berlin",
  dateStyle: "short",
  timeStyle: "medium",
  hourCycle: "h23",
});

/** What the calendar and the clock of Berlin show at an instant. */
function inBerlin(instant: Date): { day: string; time: string } {
  const [day = "", time = ""] = clock.format(instant).split(", ");
  return { day, time };
}
