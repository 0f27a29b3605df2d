import { Priority, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Bed,
  createTask,
  newRequestId,
  newUser,
  reasonOfFailure,
  required,
  startBed,
} from "./fixture.ts";
import { manyTasks } from "./many-tasks.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

describe("taking a command back", () => {
  it("puts every field of an update in its place again, the due date with its zone too", async () => {
    const client = bed.as(newUser());
    const due = {
      kind: { case: "zoned" as const, value: { time: { seconds: 1_800_000_000n }, tzid: "Europe/Berlin" } },
    };
    const before = await createTask(client, { title: "Old", tags: ["a", "b"], priority: Priority.LOW, due });
    const changed = await client.updateTask({
      id: before.id,
      updateMask: { paths: ["title", "tags", "priority", "due"] },
      title: "New",
      priority: Priority.HIGH,
    });
    expect(changed.task).toMatchObject({ title: "New", tags: [], priority: Priority.HIGH });
    const { tasks, userSeq } = await client.undo({ undoToken: changed.undoToken });
    const { title, tags, priority, due: again } = required(tasks[0]);
    expect({ title, tags, priority, due: again }).toEqual({
      title: "Old",
      tags: ["a", "b"],
      priority: Priority.LOW,
      due: before.due,
    });
    expect(userSeq).toBe(3n);
    expect((await client.getTask({ id: before.id })).task).toEqual(tasks[0]);
  });

  it("makes each kind of change undone, and done again by its own token", async () => {
    const client = bed.as(newUser());
    const made = await client.createTask({ title: "x" });
    const { id } = required(made.task);
    const state = async () => {
      const { status, completeTime, deleteTime, purgeTime } = required((await client.getTask({ id })).task);
      return { status, completeTime, deleteTime, purgeTime };
    };
    for (const command of ["completeTask", "reopenTask", "deleteTask", "restoreTask"] as const) {
      const before = await state();
      const { undoToken } = await client[command]({ id });
      const after = await state();
      const undone = await client.undo({ undoToken });
      expect(await state(), command).toEqual(before);
      await client.undo({ undoToken: undone.undoToken });
      expect(await state(), command).toEqual(after);
    }
  });

  it("puts a task that was made into the trash", async () => {
    const client = bed.as(newUser());
    const made = await client.createTask({ title: "x" });
    await client.undo({ undoToken: made.undoToken });
    const { task } = await client.getTask({ id: required(made.task).id });
    expect(required(task)).toMatchObject({ status: TaskStatus.OPEN, deleteTime: expect.anything() });
  });

  it("leaves what was changed since to the other fields alone", async () => {
    const client = bed.as(newUser());
    const { id } = await createTask(client, { title: "Old" });
    const { undoToken } = await client.updateTask({ id, updateMask: { paths: ["title"] }, title: "New" });
    await client.updateTask({ id, updateMask: { paths: ["description"] }, description: "kept" });
    const { tasks } = await client.undo({ undoToken });
    expect(tasks).toMatchObject([{ title: "Old", description: "kept" }]);
  });

  it("is refused, and changes nothing, once the same field was changed again", async () => {
    const client = bed.as(newUser());
    const { id } = await createTask(client, { title: "Old" });
    const { undoToken } = await client.updateTask({ id, updateMask: { paths: ["title"] }, title: "New" });
    await client.updateTask({ id, updateMask: { paths: ["title"] }, title: "Newest" });
    expect(await reasonOfFailure(client.undo({ undoToken }))).toBe("UNDO_OVERTAKEN");
    expect((await client.getTask({ id })).task?.title).toBe("Newest");
  });

  it("is refused after 24 hours", async () => {
    const client = bed.as(newUser());
    const { undoToken } = await client.createTask({ title: "x" });
    const day = 24 * 60 * 60 * 1_000;
    bed.clock.advance(day + 1);
    expect(await reasonOfFailure(client.undo({ undoToken }))).toBe("UNDO_EXPIRED");
  });

  it("says by its token whether it is more than a change of one thing, as often as it is taken back", async () => {
    const client = bed.as(newUser());
    const { task, undoToken: made } = await client.createTask({ title: "x", tags: ["a"] });
    const selection = { case: "targets" as const, value: { targets: [{ id: task?.id ?? "" }] } };
    const action = { case: "tags" as const, value: { add: ["b"] } };
    const batch = await client.batchUpdateTasks({ selection, action });
    const taken = await client.undo({ undoToken: batch.undoToken });
    const again = await client.undo({ undoToken: taken.undoToken });
    const renamed = await client.renameTag({ name: "b", newName: "c" });
    const back = await client.undo({ undoToken: renamed.undoToken });
    const tokens = [batch, taken, again].map(({ undoToken }) => undoToken.slice(0, 3));
    expect([made.slice(0, 3), tokens]).toEqual(["w1-", ["u1-", "u1-", "u1-"]]);
    expect([renamed, back].map(({ undoToken }) => undoToken.slice(0, 3))).toEqual(["t1-", "t1-"]);
  });

  it("of a command with very many consequences is more than a change of one thing", async () => {
    const user = newUser();
    const client = bed.as(user);
    const whole = await createTask(client);
    await manyTasks(bed, user, { count: 101, subtaskOf: whole.id });
    const { undoToken } = await client.completeTask({ id: whole.id });
    expect(undoToken).toMatch(/^u1-/);
    expect(await reasonOfFailure(client.undo({ undoToken: undoToken.replace("u1", "w1") }))).toBe(
      "UNDO_TOKEN_INVALID",
    );
    expect((await client.undo({ undoToken })).undoToken).toMatch(/^u1-/);
  });

  it.each(["", "u1-0-1", "u1-1-0", "u1-1-2", "w1-1-2", "u1-1-9999", "u2-1-1", "x"])(
    "refuses the token '%s'",
    async (undoToken) => {
      const client = bed.as(newUser());
      await createTask(client);
      expect(await reasonOfFailure(client.undo({ undoToken }))).toMatch(
        /^(UNDO_TOKEN_INVALID|REQUEST_INVALID)$/,
      );
    },
  );

  it("changes nothing of the user whose token it is when somebody else uses it", async () => {
    const [owner, other] = [bed.as(newUser()), bed.as(newUser())];
    const { task, undoToken } = await owner.createTask({ title: "x" });
    await createTask(other, { title: "theirs" });
    await other.undo({ undoToken });
    expect((await owner.getTask({ id: required(task).id })).task).toEqual(task);
  });

  it("happens once however often it is asked with one request_id", async () => {
    const client = bed.as(newUser());
    const { undoToken } = await client.createTask({ title: "x" });
    const request = { undoToken, requestId: newRequestId() };
    const answers = await Promise.all([1, 2, 3].map(() => client.undo(request)));
    expect(new Set(answers.map(({ userSeq }) => userSeq))).toEqual(new Set([2n]));
    expect((await client.listChanges({})).changes).toHaveLength(2);
  });

  it("publishes what it did like any other change", async () => {
    const user = newUser();
    const client = bed.as(user);
    const { id } = await createTask(client);
    const { undoToken } = await client.completeTask({ id });
    await client.undo({ undoToken });
    const { changes } = await client.listChanges({});
    expect(changes.map(({ type }) => type)).toEqual([
      "todo.task.v1.TaskCreated",
      "todo.task.v1.TaskCompleted",
      "todo.task.v1.TaskReopened",
    ]);
  });
});
