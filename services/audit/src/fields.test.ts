import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Actor_Kind } from "@todo/proto/todo/identity/v1/actor";
import { TaskUpdatedSchema } from "@todo/proto/todo/task/v1/task_event";
import { describe, expect, it } from "vitest";
import { fieldNames } from "#src/fields.ts";

describe("fieldNames", () => {
  it("names what is set, inside messages too, and never a value", () => {
    const event = create(TaskUpdatedSchema, {
      context: {
        userId: "ada",
        userSeq: 3n,
        actor: { kind: Actor_Kind.PERSON },
        time: timestampFromDate(new Date()),
      },
      task: { id: "t", title: "Milk" },
      changedFields: ["title"],
    });
    expect(fieldNames(TaskUpdatedSchema, event)).toEqual([
      "context.user_id",
      "context.user_seq",
      "context.actor.kind",
      "context.time",
      "task.id",
      "task.title",
      "changed_fields",
    ]);
  });

  it("names nothing of an empty message", () => {
    expect(fieldNames(TaskUpdatedSchema, create(TaskUpdatedSchema))).toEqual([]);
  });
});
