import { toJson } from "@bufbuild/protobuf";
import { collectSpans } from "@todo/kit/testing/traces";
import { withRemoteParent } from "@todo/kit/trace";
import { Actor_Kind } from "@todo/proto/todo/identity/v1/actor";
import { HistoryEntrySchema } from "@todo/proto/todo/task/v1/task_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sweepTagImages } from "#src/tags/image-sweep.ts";
import {
  type Bed,
  createTask,
  newRequestId,
  newUser,
  reasonOfFailure,
  required,
  startBed,
} from "./fixture.ts";
import { advanced, repeating, weekly } from "./series-fixture.ts";

collectSpans();
let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

describe("the history of a task", () => {
  it("says newest first who did what, by which call, and what was there before", async () => {
    const user = newUser();
    const [person, agent] = [bed.as(user), bed.as(user, { actor: "agent" })];
    const { id } = await createTask(person, { title: "Old", tags: ["home"] });
    const requestId = newRequestId();
    await agent.updateTask({
      id,
      updateMask: { paths: ["title", "tags", "due"] },
      title: "New",
      due: { kind: { case: "allDay", value: "2026-04-01" } },
      requestId,
    });
    await person.completeTask({ id });
    const { entries } = await person.listTaskHistory({ id });
    expect(entries.map(({ type }) => type.split(".").at(-1))).toEqual([
      "TaskCompleted",
      "TaskUpdated",
      "TaskCreated",
    ]);
    expect(entries.map(({ userSeq }) => userSeq)).toEqual([3n, 2n, 1n]);
    expect(entries.map(({ actor }) => actor?.kind)).toEqual([
      Actor_Kind.PERSON,
      Actor_Kind.AGENT,
      Actor_Kind.PERSON,
    ]);
    expect(entries[1]?.requestId).toBe(requestId);
    expect(toJson(HistoryEntrySchema, required(entries[1]))).toMatchObject({
      changes: [
        { field: "title", before: "Old", after: "New" },
        { field: "tags", before: ["home"] },
        { field: "due", after: { allDay: "2026-04-01" } },
      ],
    });
    expect(toJson(HistoryEntrySchema, required(entries[0]))).toMatchObject({
      changes: [
        { field: "status", before: "TASK_STATUS_OPEN", after: "TASK_STATUS_COMPLETED" },
        { field: "complete_time", after: expect.stringContaining("2026-03-01T10:00:00") },
      ],
    });
  });

  it("tells that a tag was renamed, with the tags before and after, of each task that carried it", async () => {
    const user = newUser();
    const client = bed.as(user);
    const { id } = await createTask(client, { tags: ["a", "home"] });
    const both = await createTask(client, { tags: ["home", "house"] });
    const other = await createTask(client, { tags: ["a"] });
    const requestId = newRequestId();
    const { userSeq } = await client.renameTag({ name: "home", newName: "house", requestId });
    const json = async (task: { id: string }) =>
      (await client.listTaskHistory(task)).entries.map((entry) => toJson(HistoryEntrySchema, entry));
    const entry = (before: string[], after: string[]) => ({
      type: "todo.task.v1.TagRenamed",
      userSeq: String(userSeq),
      requestId,
      actor: { kind: "KIND_PERSON", app: "gateway" },
      changes: [{ field: "tags", before, after }],
    });
    expect((await json({ id }))[0]).toMatchObject(entry(["a", "home"], ["a", "house"]));
    expect((await json(both))[0]).toMatchObject(entry(["home", "house"], ["house"]));
    expect(await json(other)).toHaveLength(1);
    // Long after it can be taken back no more, and swept as the feed is.
    const sweep = { now: new Date(bed.clock.now().getTime() + 300 * 86_400_000), days: 400 };
    await sweepTagImages(bed.service, { ...sweep, signal: new AbortController().signal });
    expect(await json({ id })).toHaveLength(2);
  });

  it("tells of a renaming that was taken back what each did, in pages without a gap", async () => {
    const client = bed.as(newUser());
    const { id } = await createTask(client, { tags: ["home"] });
    const { undoToken } = await client.renameTag({ name: "home", newName: "house" });
    await client.undo({ undoToken });
    const told: unknown[] = [];
    for (let pageToken = "", page = 0; page === 0 || (pageToken !== "" && page < 5); page++) {
      const answer = await client.listTaskHistory({ id, pageSize: 1, pageToken });
      const [entry] = answer.entries.map((each) => toJson(HistoryEntrySchema, each));
      told.push(entry);
      pageToken = answer.nextPageToken;
    }
    expect(told).toMatchObject([
      { type: "todo.task.v1.TaskUpdated", changes: [{ before: ["house"], after: ["home"] }] },
      { type: "todo.task.v1.TagRenamed", changes: [{ before: ["home"], after: ["house"] }] },
      { type: "todo.task.v1.TaskCreated" },
    ]);
  });

  it("names the trace of each call", async () => {
    const client = bed.as(newUser());
    const [one, two] = ["1".repeat(32), "2".repeat(32)];
    const traced = <T>(traceId: string, call: () => T) =>
      withRemoteParent(`00-${traceId}-${"3".repeat(16)}-01`, call);
    const { task } = await traced(one, () => client.createTask({ title: "x", tags: ["a"] }));
    const { id } = required(task);
    await traced(two, () => client.completeTask({ id }));
    await traced(one, () => client.renameTag({ name: "a", newName: "b" }));
    const { entries } = await client.listTaskHistory({ id });
    expect(entries.map(({ traceId }) => traceId)).toEqual([one, two, one]);
  });

  it("says of an occurrence that the recurrence service made it, in the user's name", async () => {
    const user = repeating(bed, newUser());
    const { task } = await weekly(user);
    await user.client.completeTask({ id: task.id });
    const next = await advanced(bed, user);
    const { entries } = await user.client.listTaskHistory({ id: next.id });
    expect(entries.map(({ type, actor }) => [type, actor?.app])).toEqual([
      ["todo.task.v1.TaskCreated", "recurrence"],
    ]);
  });

  it("comes in pages without a gap", async () => {
    const client = bed.as(newUser());
    const { id } = await createTask(client);
    for (const title of ["a", "b", "c", "d"]) {
      await client.updateTask({ id, updateMask: { paths: ["title"] }, title });
    }
    const seen: bigint[] = [];
    let pageToken = "";
    for (let page = 0; page < 5; page++) {
      const answer = await client.listTaskHistory({ id, pageSize: 2, pageToken });
      seen.push(...answer.entries.map(({ userSeq }) => userSeq));
      pageToken = answer.nextPageToken;
      if (pageToken === "") break;
    }
    expect(seen).toEqual([5n, 4n, 3n, 2n, 1n]);
  });

  it("is its user's alone", async () => {
    const { id } = await createTask(bed.as(newUser()));
    expect(await reasonOfFailure(bed.as(newUser()).listTaskHistory({ id }))).toBe("TASK_NOT_FOUND");
  });

  it("takes no page token of another task", async () => {
    const client = bed.as(newUser());
    const [one, other] = [await createTask(client), await createTask(client)];
    for (const title of ["a", "b"]) {
      await client.updateTask({ id: one.id, updateMask: { paths: ["title"] }, title });
    }
    const { nextPageToken } = await client.listTaskHistory({ id: one.id, pageSize: 1 });
    const request = { id: other.id, pageToken: nextPageToken };
    expect(await reasonOfFailure(client.listTaskHistory(request))).toBe("PAGE_TOKEN_INVALID");
  });
});
