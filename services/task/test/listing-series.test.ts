import { Code } from "@connectrpc/connect";
import { Series_State as State } from "@todo/proto/todo/task/v1/series";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, failureOf, newUser, startBed } from "./fixture.ts";
import { type Repeating, repeating, weekly } from "./series-fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

describe("the series of a user", () => {
  async function withThree(): Promise<{ user: Repeating; ids: string[] }> {
    const user = repeating(bed, newUser());
    const ids: string[] = [];
    for (const title of ["one", "two", "three"]) {
      ids.push((await weekly(user, { task: { title } })).series.id);
      bed.clock.advance(1_000);
    }
    return { user, ids };
  }

  it("are listed oldest first, page by page, each as GetSeries has it", async () => {
    const { user, ids } = await withThree();
    const first = await user.series.listSeries({ pageSize: 2 });
    const second = await user.series.listSeries({ pageSize: 2, pageToken: first.nextPageToken });
    expect([...first.series, ...second.series].map(({ id }) => id)).toEqual(ids);
    expect(second.nextPageToken).toBe("");
    expect(first.series[0]).toEqual((await user.series.getSeries({ id: ids[0] ?? "" })).series);
  });

  it("are those that are in the states asked for, also once they are over", async () => {
    const { user, ids } = await withThree();
    const { tasks } = await user.client.listTasks({ filter: { seriesId: ids[1] ?? "" } });
    await user.series.clearRecurrence({ taskId: tasks[0]?.id ?? "" });
    const listed = async (...states: State[]) =>
      (await user.series.listSeries({ states })).series.map(({ id }) => id);
    expect(await listed(State.ACTIVE)).toEqual([ids[0], ids[2]]);
    expect(await listed(State.ENDED, State.EXHAUSTED)).toEqual([ids[1]]);
    expect(await listed()).toEqual(ids);
  });

  it("are shown to nobody else, nor by a page token of somebody else or of another question", async () => {
    const { user } = await withThree();
    const stranger = repeating(bed, newUser());
    expect((await stranger.series.listSeries({})).series).toEqual([]);
    const { nextPageToken: pageToken } = await user.series.listSeries({ pageSize: 1 });
    const refused = { code: Code.InvalidArgument };
    const asked = { pageSize: 1, pageToken };
    expect(await failureOf(stranger.series.listSeries(asked))).toMatchObject(refused);
    const elsewhere = user.series.listSeries({ ...asked, states: [State.ACTIVE] });
    expect(await failureOf(elsewhere)).toMatchObject(refused);
  });
});
