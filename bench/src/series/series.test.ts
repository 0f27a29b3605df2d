import { fromJsonString } from "@bufbuild/protobuf";
import { ListChangesRequestSchema } from "@todo/proto/todo/task/v1/task_service";
import { describe, expect, it } from "vitest";
import { askAs } from "./gateway-calls.ts";
import { type Completion, createdIn, startRepeating } from "./repeating-task.ts";
import { stageLines } from "./stages.ts";
import { until } from "./until.ts";

const looking = { everyMs: 0, mostLooks: 10, signal: new AbortController().signal };

describe("looking for something", () => {
  it("ends when it is there, and counts the looks", async () => {
    const answers = [undefined, undefined, "it"];
    expect(await until(async () => answers.shift(), looking)).toEqual({ found: "it", looks: 3 });
  });

  it("gives up after so many looks", async () => {
    let looks = 0;
    const look = async () => void looks++;
    await expect(until(look, looking)).rejects.toThrow("not there after 10 looks");
    expect(looks).toBe(10);
  });

  it("ends when it is told to", async () => {
    const signal = AbortSignal.abort(new Error("stopped"));
    await expect(until(async () => undefined, { ...looking, signal })).rejects.toThrow();
  });
});

describe("the next task", () => {
  it("is the one that was made, not those that changed", () => {
    const completed = { type: "todo.task.v1.TaskCompleted", taskId: "a" };
    expect(createdIn([completed])).toBeUndefined();
    expect(createdIn([completed, { type: "todo.task.v1.TaskCreated", taskId: "b" }])).toBe("b");
  });
});

describe("a repeating task", () => {
  it("is completed one occurrence after the other, each by what changed since its own completion", async () => {
    const gateway = fakeGateway();
    const complete = await startRepeating(askAs(gateway, "token"), "user", looking);
    const found = await Promise.all([complete(), complete()]);
    expect(found.map(({ taskId, nextId, looks }) => ({ taskId, nextId, looks }))).toEqual([
      { taskId: idOf(1), nextId: idOf(2), looks: 2 },
      { taskId: idOf(2), nextId: idOf(3), looks: 2 },
    ]);
    expect(gateway.cursors).toEqual([11n, 11n, 12n, 12n]);
  });
});

describe("the stages of a completion", () => {
  const completion = (taskId: string, dueMs: number, seenMs: number): Completion => {
    return { userId: "u", taskId, nextId: "n", dueMs, seenMs, looks: 1 };
  };

  it("add up to the whole, each with the completion that it belongs to", () => {
    const lines = stageLines(
      [completion("a", 1_000, 1_100), completion("b", 2_000, 2_010)],
      [
        { taskId: "b", completedMs: 2_001, takenMs: 2_003, createdMs: 2_006 },
        { taskId: "a", completedMs: 1_010, takenMs: 1_030, createdMs: 1_060 },
      ],
    );
    expect(lines.map(({ cells }) => cells)).toEqual([
      ["1", "10"],
      ["2", "20"],
      ["3", "30"],
      ["4", "40"],
      ["10", "100"],
    ]);
  });
});

function idOf(number: number): string {
  return `00000000-0000-7000-8000-${`${number}`.padStart(12, "0")}`;
}

/** Shows the next task at the second look at what changed since a completion. */
function fakeGateway() {
  const cursors: bigint[] = [];
  let [completed, looks] = [0, 0];
  const answers: Record<string, (body: string) => unknown> = {
    CreateTask: () => ({ task: { id: idOf(1) } }),
    SetRecurrence: () => ({}),
    CompleteTask: () => ({ userSeq: 10 + ++completed }),
    ListChanges(body) {
      const { cursor } = fromJsonString(ListChangesRequestSchema, body);
      cursors.push(cursor);
      const next = { userSeq: 99, type: "todo.task.v1.TaskCreated", taskId: idOf(completed + 1) };
      return { changes: ++looks % 2 === 0 ? [next] : [], nextCursor: `${cursor}` };
    },
  };
  return {
    cursors,
    async ask({ path, body = "" }: { path: string; body?: string }) {
      return JSON.stringify(answers[path.split("/").at(-1) ?? ""]?.(body));
    },
    [Symbol.dispose]() {},
  };
}
