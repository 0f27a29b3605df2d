import { defineEntity, p } from "@mikro-orm/core";
import type { Priority } from "./content.ts";
import type { DueKind } from "./due.ts";
import type { Occurrence } from "./occurrence.ts";
import { type Status, Task, type TaskFields } from "./task.ts";

/** How the fields of a task are stored. Statements take their columns from here. */
export const TaskEntity = defineEntity({
  class: Task,
  className: "Task",
  tableName: "task",
  properties: {
    id: p.uuid().primary().columnType("uuid"),
    userId: p.uuid().columnType("uuid"),
    streamId: p.uuid().columnType("uuid"),
    seriesId: p.uuid().columnType("uuid").nullable(),
    recurrenceId: p.text().columnType("text").nullable(),
    parentTaskId: p.uuid().columnType("uuid").nullable(),
    isRecurring: p.boolean().columnType("boolean"),
    rrulePattern: p.text().columnType("text").nullable(),
    nextOccurrence: p.datetime().columnType("timestamptz").nullable(),
    occurrence: p.json<Occurrence>().columnType("jsonb").nullable(),
    title: p.text().columnType("text"),
    titleKey: p.text().columnType("text"),
    description: p.text().columnType("text"),
    priority: p.smallint().$type<Priority>().columnType("smallint"),
    tags: p.array().$type<readonly string[]>().columnType("text[]"),
    dueKind: p.text().$type<DueKind>().columnType("text").nullable(),
    dueAt: p.datetime().columnType("timestamptz").nullable(),
    dueTzid: p.text().columnType("text").nullable(),
    subtaskOf: p.uuid().columnType("uuid").nullable(),
    dependsOn: p.array().$type<readonly string[]>().columnType("uuid[]"),
    completeWithSubtasks: p.boolean().columnType("boolean"),
    reminderMinutes: p.array().$type<readonly number[]>().columnType("integer[]"),
    blocked: p.boolean().columnType("boolean"),
    subtaskCount: p.integer().columnType("integer"),
    completedSubtaskCount: p.integer().columnType("integer"),
    status: p.smallint().$type<Status>().columnType("smallint"),
    version: p.integer().columnType("integer"),
    fieldVersions: p.json<Readonly<Record<string, number>>>().columnType("jsonb"),
    userSeq: p.bigint().columnType("bigint"),
    createTime: p.datetime().columnType("timestamptz"),
    updateTime: p.datetime().columnType("timestamptz"),
    completeTime: p.datetime().columnType("timestamptz").nullable(),
    deleteTime: p.datetime().columnType("timestamptz").nullable(),
    purgeTime: p.datetime().columnType("timestamptz").nullable(),
    deletedWith: p.uuid().columnType("uuid").nullable(),
  } satisfies Record<keyof TaskFields, unknown>,
});
