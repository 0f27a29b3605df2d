import { Priority } from "@todo/proto/todo/task/v1/task";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, createTask, newUser, startBed } from "./fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

describe("ExplainUrgency", () => {
  it("ranks tasks by how urgent they are now, and says why [R003]", async () => {
    const client = bed.as(newUser());
    const calm = await createTask(client, { priority: Priority.LOW });
    const due = await createTask(client, { due: { kind: { case: "allDay", value: "2026-03-02" } } });
    const grave = await createTask(client, { priority: Priority.VERY_IMPORTANT, tags: ["Urgent"] });
    const { urgencies } = await client.explainUrgency({ ids: [calm.id, due.id, grave.id] });
    expect(urgencies.map(({ taskId }) => taskId)).toEqual([grave.id, due.id, calm.id]);
    expect(urgencies.map(({ terms }) => terms.map(({ name }) => name))).toEqual([
      ["priority", "tag"],
      ["priority", "due"],
      [],
    ]);
    for (const { score, terms } of urgencies) {
      expect(terms.reduce((sum, { points }) => sum + points, 0)).toBe(score);
    }
  });
});
