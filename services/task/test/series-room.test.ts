import { OccurrenceScope as Scope, Series_State as State } from "@todo/proto/todo/task/v1/series";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, count, createTask, newUser, reasonOfFailure, startBed, until } from "./fixture.ts";
import { advanced, repeating, weekly } from "./series-fixture.ts";

const monthMs = 31 * 86_400_000;
const rrule = "FREQ=DAILY";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({ seriesQuota: 2, purgeMs: 100 });
});
afterAll(() => bed?.[Symbol.asyncDispose]());

const someone = () => repeating(bed, newUser());

describe("the series of a user that go on", () => {
  it("are limited, and an end makes room for another", async () => {
    const user = someone();
    const [one] = [await weekly(user), await weekly(user)];
    const { id: taskId } = await createTask(user.client);
    const more = () => user.series.setRecurrence({ taskId, recurrence: { rrule } });
    expect(await reasonOfFailure(more())).toBe("SERIES_QUOTA_EXCEEDED");
    expect((await user.client.getTask({ id: taskId })).task?.isRecurring).toBe(false);
    await user.series.clearRecurrence({ taskId: one.task.id });
    expect((await more()).series?.state).toBe(State.ACTIVE);
  });

  it("may be changed at the limit, but one that ended has no room to go on", async () => {
    const user = someone();
    const [{ task }, { task: other }] = [await weekly(user), await weekly(user)];
    const set = () => user.series.setRecurrence({ taskId: task.id, recurrence: { rrule } });
    expect((await set()).series?.recurrence?.rrule).toBe(rrule);
    await user.series.clearRecurrence({ taskId: task.id });
    await weekly(user);
    expect(await reasonOfFailure(set())).toBe("SERIES_QUOTA_EXCEEDED");
    await user.series.clearRecurrence({ taskId: other.id });
    expect((await set()).series?.state).toBe(State.ACTIVE);
  });

  it("leave others the same room", async () => {
    const [user, another] = [someone(), someone()];
    for (const each of [user, user]) await weekly(each);
    expect((await weekly(another)).series.state).toBe(State.ACTIVE);
  });

  it("come back by Undo also where there is no room", async () => {
    const user = someone();
    const [{ task, series }] = [await weekly(user), await weekly(user)];
    const { undoToken } = await user.series.clearRecurrence({ taskId: task.id });
    await weekly(user);
    await user.client.undo({ undoToken });
    expect((await user.series.getSeries({ id: series.id })).series?.state).toBe(State.ACTIVE);
  });
});

describe("a series whose last task leaves the trash for good", () => {
  it("goes with it, and its template with the user's words too", async () => {
    const user = someone();
    const words = { title: "before the purge", description: "also before the purge" };
    const { task, series } = await weekly(user, { task: words });
    const other = await weekly(user);
    await user.client.deleteTask({ id: task.id, scope: Scope.ALL });
    await user.client.completeTask({ id: other.task.id });
    bed.clock.advance(monthMs);
    await until(async () => (await count(bed.admin, "task", user.userId)) === 1);
    expect(await reasonOfFailure(user.series.getSeries({ id: series.id }))).toBe("SERIES_NOT_FOUND");
    const { rows } = await bed.admin.query("select * from series where user_id = $1", [user.userId]);
    expect(rows).toMatchObject([{ id: other.series.id }]);
    expect(JSON.stringify(rows)).not.toContain("before the purge");
  });

  it("stays while it goes on, and so the next task comes", async () => {
    const user = someone();
    const { task } = await weekly(user);
    await user.client.completeTask({ id: task.id });
    await user.client.deleteTask({ id: task.id });
    bed.clock.advance(monthMs);
    await until(async () => (await count(bed.admin, "task", user.userId)) === 0);
    expect((await advanced(bed, user)).title).toBe(task.title);
  });

  it("stays while another one of its tasks is there", async () => {
    const user = someone();
    const { task, series } = await weekly(user);
    await user.client.completeTask({ id: task.id });
    const next = await advanced(bed, user);
    await user.series.clearRecurrence({ taskId: next.id });
    await user.client.deleteTask({ id: task.id });
    bed.clock.advance(monthMs);
    await until(async () => (await count(bed.admin, "task", user.userId)) === 1);
    expect((await user.series.getSeries({ id: series.id })).series?.state).toBe(State.ENDED);
  });
});
