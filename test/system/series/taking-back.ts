import { readFileSync } from "node:fs";
import { join } from "node:path";
import { OccurrenceScope as Scope } from "@todo/proto/todo/task/v1/series";
import { type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Bed } from "../bed.ts";
import { eventually } from "../eventually.ts";
import type { User } from "../user.ts";
import { complete, due, nextOf, occurrences, settled, startSeries, undo } from "./repeating.ts";

const march = "2099-03-27T16:00:00.000Z";

/** A completion that is taken back, before and after the next task has come of it. */
export function takingBackSuite(bed: () => Bed): void {
  describe("a completion that is taken back", () => {
    let user: User;
    let first: Task;
    beforeEach(async () => {
      user = await bed().signUp();
      first = await startSeries(user, "2099-02-27T16:00:00Z", {});
    });
    afterEach(() => bed().disarmFailpoints("recurrence"));

    it("by Undo takes the next occurrence with it, and made again brings the same one back, once", async () => {
      const token = await complete(user, first);
      const second = await nextOf(user, first);
      await undo(user, token);
      expect(await occurrences(user, first)).toMatchObject([{ id: first.id, status: TaskStatus.OPEN }]);
      await complete(user, first);
      const again = await nextOf(user, first);
      expect([again.id, due(again)]).toEqual([second.id, march]);
      await settled(bed(), user, first);
      expect(await occurrences(user, first, Trash.WITH)).toHaveLength(2);
    });

    it("by ReopenTask is the same", async () => {
      await complete(user, first);
      const second = await nextOf(user, first);
      await user.client(TaskService).reopenTask({ id: first.id });
      expect(await occurrences(user, first)).toHaveLength(1);
      await complete(user, first);
      expect((await nextOf(user, first)).id).toBe(second.id);
      await settled(bed(), user, first);
      expect(await occurrences(user, first, Trash.WITH)).toHaveLength(2);
    });

    it("at once again and again comes to one next occurrence", async () => {
      for (let round = 0; round < 5; round += 1) await undo(user, await complete(user, first));
      await complete(user, first);
      expect(due(await nextOf(user, first))).toBe(march);
      await settled(bed(), user, first);
      expect(await occurrences(user, first, Trash.WITH)).toHaveLength(2);
    });

    it("before recurrence heard of it makes none, and made again makes one", async () => {
      const recurrence = bed().process("app:recurrence");
      await recurrence.stop();
      await undo(user, await complete(user, first));
      await recurrence.start();
      // What comes behind them in the stream was taken, so they were.
      await renameAll(user, first, "Send both invoices");
      await settled(bed(), user, first);
      expect(await occurrences(user, first, Trash.WITH)).toMatchObject([
        { id: first.id, status: TaskStatus.OPEN },
      ]);
      await complete(user, first);
      expect(due(await nextOf(user, first))).toBe(march);
      await settled(bed(), user, first);
      expect(await occurrences(user, first, Trash.WITH)).toHaveLength(2);
    });

    it("while the next one is on its way makes none, and made again makes one", async () => {
      bed().armFailpoint("recurrence", "recurrence.before-advance=hold");
      const before = { held: firedAt(bed()), refused: await overtaken(bed()) };
      const token = await complete(user, first);
      await eventually("the advance about to leave", async () =>
        firedAt(bed()) > before.held ? true : undefined,
      );
      await undo(user, token);
      bed().disarmFailpoints("recurrence");
      await eventually("the advance refused", async () =>
        (await overtaken(bed())) > before.refused ? true : undefined,
      );
      await settled(bed(), user, first);
      expect(await occurrences(user, first, Trash.WITH)).toMatchObject([
        { id: first.id, status: TaskStatus.OPEN },
      ]);
      await complete(user, first);
      expect(due(await nextOf(user, first))).toBe(march);
      await settled(bed(), user, first);
      expect(await occurrences(user, first, Trash.WITH)).toHaveLength(2);
    });
  });
}

async function renameAll(user: User, { id }: Task, title: string): Promise<void> {
  const updateMask = { paths: ["title"] };
  await user.client(TaskService).updateTask({ id, title, updateMask, scope: Scope.ALL });
}

/** How often an advance was held up so far. */
function firedAt({ folder }: Bed): number {
  const file = join(folder, "recurrence.failpoints.fired");
  try {
    return readFileSync(file, "utf8").split("recurrence.before-advance").length - 1;
  } catch {
    return 0;
  }
}

/** How many advances task has refused because what they followed stood no more. */
async function overtaken(bed: Bed): Promise<number> {
  const lines = (await bed.metrics("recurrence")).split("\n");
  const line = lines.find(
    (each) => each.startsWith("recurrence_advances_total") && each.includes('"overtaken"'),
  );
  return Number(line?.split(" ").at(-1) ?? 0);
}
