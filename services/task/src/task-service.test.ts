import { type MessageInitShape, toJsonString } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createAssertionVerifier } from "@todo/kit/assertion";
import { reasonOf } from "@todo/kit/errors";
import { serviceInterceptors } from "@todo/kit/grpc/interceptors";
import { inMemoryTransport, mount } from "@todo/kit/grpc/router";
import { createLogger } from "@todo/kit/log";
import { pageToken } from "@todo/kit/page";
import { testKeys } from "@todo/kit/testing/keys";
import { BadRequestSchema } from "@todo/proto/google/rpc/error_details";
import type { DueSchema, Priority, TaskStatus } from "@todo/proto/todo/task/v1/task";
import type { TaskFilterSchema, TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import {
  type CreateTaskRequestSchema,
  type ListTasksRequestSchema,
  type ListTasksRequest_Order as Order,
  TaskService,
  BatchUpdateTasksRequest_Transition as Transition,
  type UpdateTaskRequestSchema,
} from "@todo/proto/todo/task/v1/task_service";
import { beforeEach, describe, expect, it } from "vitest";
import type { DatabasePool } from "./database.ts";
import type { Miss } from "./refusals.ts";
import { createTagQuota } from "./tag-quota.ts";
import { createTaskService } from "./task-service.ts";
import { createTurns } from "./turns.ts";
import { createWriter } from "./write.ts";

const keys = testKeys();
const log = createLogger({ service: "task", level: "fatal" });
const id = "019ca8d7-2d00-7b51-b7d2-91446462a21e";
const userId = "019ca8d7-2d00-7b51-b7d2-914464620001";

/** Answers as an empty database does, and counts how often it was asked. */
function emptyDatabase(): DatabasePool & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async connect() {
      throw new Error("nothing here needs a transaction");
    },
    async query({ name }) {
      asked.push(name);
      if (name === "load") return { rows: [{ newest: "0", requestHash: null, response: null, id: null }] };
      return { rows: [] };
    },
  };
}

function serve(depth = 0) {
  const database = emptyDatabase();
  const relay = { depth: () => depth, kick: () => {} };
  const now = () => new Date("2026-03-01T10:00:00Z");
  const turns = createTurns({ waitMs: 1_000 });
  const failpoints = { hit: () => {} };
  const write = createWriter({
    databaseFor: () => database,
    relay,
    turns,
    now,
    failpoints,
    outboxCap: 10,
    waitMs: 1_000,
    taskQuota: 10,
  });
  const missed: string[] = [];
  const refusals = {
    missed: ({ method, taskId }: Miss) => missed.push(`${method.parent.typeName}/${method.name} ${taskId}`),
  };
  const service = createTaskService({
    databaseFor: () => database,
    write,
    refusals,
    tags: createTagQuota({ limit: 10, free: true }),
    now,
  });
  const verifier = createAssertionVerifier({ app: "task", keyBundle: keys.keyBundle });
  const interceptors = serviceInterceptors({ app: "task", log, appApiToken: keys.appApiToken, verifier });
  const client = (headers: Record<string, string>) =>
    createClient(TaskService, inMemoryTransport([mount(TaskService, service)], interceptors, { headers }));
  return { client, database, missed };
}

let headers: Record<string, string>;
beforeEach(async () => {
  headers = await keys.headers("task", { userId });
});

async function refusalOf(call: Promise<unknown>): Promise<ConnectError> {
  const error = await call.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConnectError);
  return error as ConnectError;
}

/** The paths of the violations that a call is refused for. Nothing may have been asked of the database. */
async function violationsOf(
  call: (client: ReturnType<ReturnType<typeof serve>["client"]>) => Promise<unknown>,
  reason = "REQUEST_INVALID",
) {
  const { client, database } = serve();
  const error = await refusalOf(call(client(headers)));
  expect(error.code).toBe(Code.InvalidArgument);
  expect(reasonOf(error)).toBe(reason);
  expect(database.asked).not.toContain("save");
  return error.findDetails(BadRequestSchema).flatMap((bad) => bad.fieldViolations.map(({ field }) => field));
}

/** A number that no enum has. */
const unknown: number = 99;
const many = (n: number) => Array.from({ length: n }, (_, index) => `tag ${index}`);
const uuids = (n: number) => many(n).map((_, index) => id.replace(/..$/, String(index + 10)));
const day = (allDay: string): MessageInitShape<typeof DueSchema> => ({
  kind: { case: "allDay", value: allDay },
});
const zoned = (tzid: string, seconds = 0n): MessageInitShape<typeof DueSchema> => ({
  kind: { case: "zoned", value: { time: { seconds }, tzid } },
});

/** What the content of a task may not be, in a request to make one or to change one. */
const badContent: [
  rule: string,
  content: MessageInitShape<typeof CreateTaskRequestSchema>,
  paths: string[],
  reason?: string,
][] = [
  ["a title of 201 characters", { title: "x".repeat(201) }, ["title"]],
  ["a title of 100,000 characters", { title: "x".repeat(100_000) }, ["title"]],
  ["a title with a line break", { title: "a\nb" }, ["title"]],
  ["a title with NUL", { title: "a\u0000b" }, ["title"]],
  ["a title of white space", { title: " \u2003 " }, ["title"]],
  ["a title that nobody sees", { title: "\u200b\ufeff" }, ["title"]],
  ["a title with a line separator", { title: "a\u2028b" }, ["title"]],
  ["a title with a C1 control", { title: "a\u0085b" }, ["title"]],
  ["a title that is turned round", { title: "a\u202eb" }, ["title"]],
  ["a description with a C1 control", { title: "x", description: "a\u009b" }, ["description"]],
  ["a tag that nobody sees", { title: "x", tags: ["\u3164"] }, ["tags[0]"]],
  ["a tag that is turned round", { title: "x", tags: ["a\u2066b"] }, ["tags[0]"]],
  ["a description of 10,001 characters", { title: "x", description: "x".repeat(10_001) }, ["description"]],
  ["a description with a bell", { title: "x", description: "a\u0007" }, ["description"]],
  ["a priority that is not defined", { title: "x", priority: unknown as Priority }, ["priority"]],
  ["21 tags", { title: "x", tags: many(21) }, ["tags"]],
  ["a tag twice", { title: "x", tags: ["a", "a"] }, ["tags"]],
  ["an empty tag", { title: "x", tags: ["a", ""] }, ["tags[1]", "tags[1]"]],
  ["a tag of 51 characters", { title: "x", tags: ["x".repeat(51)] }, ["tags[0]"]],
  ["a tag with a comma", { title: "x", tags: ["a,b"] }, ["tags[0]"]],
  ["a tag of white space", { title: "x", tags: [" "] }, ["tags[0]"]],
  ["a dependency that is no uuid", { title: "x", dependsOn: ["first"] }, ["depends_on[0]"]],
  ["a dependency twice", { title: "x", dependsOn: [id, id] }, ["depends_on"]],
  ["21 dependencies", { title: "x", dependsOn: uuids(21) }, ["depends_on"]],
  ["six reminders", { title: "x", reminderMinutes: [0, 1, 2, 3, 4, 5] }, ["reminder_minutes"]],
  ["a reminder twice", { title: "x", reminderMinutes: [30, 30] }, ["reminder_minutes"]],
  [
    "a reminder more than four weeks before",
    { title: "x", reminderMinutes: [40_320, 40_321] },
    ["reminder_minutes[1]"],
  ],
  ["a due date without a kind", { title: "x", due: {} }, ["due.kind"]],
  ["a day that is none", { title: "x", due: day("tomorrow") }, ["due.all_day"]],
  ["30 February", { title: "x", due: day("2026-02-30") }, ["due.all_day"]],
  [
    "a floating time without seconds",
    { title: "x", due: { kind: { case: "floating", value: "2026-03-01T10:00" } } },
    ["due.floating"],
  ],
  [
    "a floating time on 31 April",
    { title: "x", due: { kind: { case: "floating", value: "2026-04-31T10:00:00" } } },
    ["due.floating"],
  ],
  [
    "a zoned time without an instant",
    { title: "x", due: { kind: { case: "zoned", value: { tzid: "UTC" } } } },
    ["due.zoned.time"],
  ],
  ["a zoned time beyond the year 9999", { title: "x", due: zoned("UTC", 2n ** 60n) }, ["due.zoned.time"]],
  ["a zone with a space", { title: "x", due: zoned("Europe / Berlin") }, ["due.zoned.tzid"]],
  [
    "a zone that nobody knows",
    { title: "x", due: zoned("Europe/Atlantis") },
    ["due.zoned.tzid"],
    "ZONE_UNKNOWN",
  ],
  ["a parent that is no id", { title: "x", subtaskOf: "1" }, ["subtask_of"]],
  ["a request_id of 7 characters", { title: "x", requestId: "1234567" }, ["request_id"]],
];

describe("CreateTask", () => {
  it.each([["no title", { title: "" }, ["title"]] as (typeof badContent)[number], ...badContent])(
    "refuses %s with its path [R001]",
    async (_, content, paths, reason) => {
      expect(await violationsOf((client) => client.createTask(content), reason)).toEqual(paths);
    },
  );

  it("names every field that is wrong, not only the first", async () => {
    const request = { title: "", priority: unknown as Priority, tags: ["a", "a"], subtaskOf: "1" };
    expect(await violationsOf((client) => client.createTask(request))).toEqual([
      "title",
      "priority",
      "tags",
      "subtask_of",
    ]);
  });

  it("does not repeat what the caller wrote in its error", async () => {
    const error = await refusalOf(serve().client(headers).createTask({ title: "geheim\u0007" }));
    const bad = error.findDetails(BadRequestSchema).map((detail) => toJsonString(BadRequestSchema, detail));
    expect(bad.join()).toContain("title");
    expect(bad.join()).not.toContain("geheim");
    expect(error.rawMessage).not.toContain("geheim");
  });

  it("is refused while too many events wait for the broker", async () => {
    const { client, database } = serve(10);
    const error = await refusalOf(client(headers).createTask({ title: "x" }));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(reasonOf(error)).toBe("OUTBOX_FULL");
    expect(database.asked).toEqual([]);
  });
});

describe("UpdateTask", () => {
  const paths = ["title", "description", "priority", "tags", "due", "subtask_of"];

  it.each([["no title", { title: "" }, ["title"]] as (typeof badContent)[number], ...badContent])(
    "refuses %s with its path [R001]",
    async (_, content, expected, reason) => {
      const request = { ...content, id, updateMask: { paths } } as MessageInitShape<
        typeof UpdateTaskRequestSchema
      >;
      expect(await violationsOf((client) => client.updateTask(request), reason)).toEqual(expected);
    },
  );

  it.each<[rule: string, request: MessageInitShape<typeof UpdateTaskRequestSchema>, paths: string[]]>([
    ["no mask", { id }, ["update_mask"]],
    [
      "a mask with a field that nobody may change",
      { id, updateMask: { paths: ["status"] } },
      ["update_mask"],
    ],
    ["no id", { updateMask: { paths: [] } }, ["id"]],
    ["an etag of 65 characters", { id, updateMask: { paths: [] }, etag: "x".repeat(65) }, ["etag"]],
  ])("refuses %s with its path", async (_, request, expected) => {
    expect(await violationsOf((client) => client.updateTask(request))).toEqual(expected);
  });
});

describe("ListTasks", () => {
  type Filter = MessageInitShape<typeof TaskFilterSchema>;
  const far = { seconds: 2n ** 60n };
  it.each<[rule: string, request: MessageInitShape<typeof ListTasksRequestSchema>, paths: string[]]>([
    ["a page of 101", { pageSize: 101 }, ["page_size"]],
    ["an order that is not defined", { order: unknown as Order }, ["order"]],
    ["a token of 1,025 characters", { pageToken: "x".repeat(1_025) }, ["page_token"]],
    ["a status twice", { filter: { statuses: [1, 1] } as Filter }, ["filter.statuses"]],
    [
      "a status that is not defined",
      { filter: { statuses: [unknown as TaskStatus] } as Filter },
      ["filter.statuses[0]"],
    ],
    ["a priority that is not said", { filter: { priorities: [0] } as Filter }, ["filter.priorities[0]"]],
    ["21 tags", { filter: { tags: many(21) } as Filter }, ["filter.tags"]],
    ["a series that is no id", { filter: { seriesId: "1" } as Filter }, ["filter.series_id"]],
    ["a parent that is no id", { filter: { subtaskOf: "1" } as Filter }, ["filter.subtask_of"]],
    ["a trash that is not defined", { filter: { trash: unknown as Trash } as Filter }, ["filter.trash"]],
    [
      "instants beyond the year 9999",
      { filter: { dueFrom: far, dueUntil: far } as Filter },
      ["filter.due_from", "filter.due_until"],
    ],
  ])("refuses %s with its path", async (_, request, expected) => {
    expect(await violationsOf((client) => client.listTasks(request))).toEqual(expected);
  });

  const forged = (position: (string | number | null)[]) =>
    pageToken(["ListTasks", userId, "1", ""], position);

  it.each<[what: string, token: string]>([
    ["that it did not make", "AAAA"],
    ["of too few values", forged([1])],
    ["of values of another kind", forged(["1", "infinity", id])],
    ["with a time that is none", forged([1, "tomorrow", id])],
    ["with a time of month 99", forged([1, "2026-99-01T00:00:00.000Z", id])],
    ["with an id that is none", forged([1, "infinity", "1"])],
    ["with nothing where something is due", forged([1, null, id])],
  ])("refuses a page token %s", async (_, token) => {
    const { client, database } = serve();
    const error = await refusalOf(client(headers).listTasks({ pageToken: token }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(reasonOf(error)).toBe("PAGE_TOKEN_INVALID");
    expect(database.asked).toEqual([]);
  });

  it("takes a page token that is well made", async () => {
    const { client, database } = serve();
    await client(headers).listTasks({ pageToken: forged([1, "infinity", id]) });
    expect(database.asked).toEqual(["list-tasks-1-next"]);
  });
});

describe("every method", () => {
  const calls = {
    createTask: (client) => client.createTask({ title: "x" }),
    getTask: (client) => client.getTask({ id }),
    listTasks: (client) => client.listTasks({}),
    updateTask: (client) => client.updateTask({ id, updateMask: { paths: ["title"] }, title: "x" }),
    completeTask: (client) => client.completeTask({ id }),
    reopenTask: (client) => client.reopenTask({ id }),
    deleteTask: (client) => client.deleteTask({ id }),
    restoreTask: (client) => client.restoreTask({ id }),
    batchUpdateTasks: (client) =>
      client.batchUpdateTasks({
        selection: { case: "targets", value: { targets: [{ id }] } },
        action: { case: "transition", value: Transition.COMPLETE },
      }),
    listTags: (client) => client.listTags({}),
    renameTag: (client) => client.renameTag({ name: "a", newName: "b" }),
    explainUrgency: (client) => client.explainUrgency({ ids: [id] }),
    undo: (client) => client.undo({ undoToken: "u1-1-1" }),
    listChanges: (client) => client.listChanges({}),
    listTaskHistory: (client) => client.listTaskHistory({ id }),
    scanTasks: (client) => client.scanTasks({}),
  } satisfies Record<
    keyof typeof TaskService.method,
    (client: ReturnType<ReturnType<typeof serve>["client"]>) => Promise<unknown>
  >;
  const methods = Object.keys(calls) as (keyof typeof calls)[];
  const forUsers = methods.filter((name) => name !== "scanTasks");
  const byId = [
    "getTask",
    "updateTask",
    "completeTask",
    "reopenTask",
    "deleteTask",
    "restoreTask",
    "listTaskHistory",
    "batchUpdateTasks",
    "explainUrgency",
  ] as const;

  it.each(forUsers)("asks for an assertion: %s", async (name) => {
    const { client, database } = serve();
    const { "todo-assertion": _, ...rest } = headers;
    const error = await refusalOf(calls[name](client(rest)));
    expect(reasonOf(error)).toBe("ASSERTION_INVALID");
    expect(database.asked).toEqual([]);
  });

  it.each(forUsers)("asks for its scope: %s", async (name) => {
    const { client, database } = serve();
    const error = await refusalOf(calls[name](client(await keys.headers("task", { userId, scopes: ["x"] }))));
    expect(reasonOf(error)).toBe("SCOPE_MISSING");
    expect(database.asked).toEqual([]);
  });

  it.each(methods)("asks for the sidecar's token: %s", async (name) => {
    const { client, database } = serve();
    const error = await refusalOf(calls[name](client({ ...headers, "dapr-api-token": "wrong" })));
    expect(error.code).toBe(Code.Unauthenticated);
    expect(database.asked).toEqual([]);
  });

  it.each(byId)("answers NOT_FOUND for a task that is not there, and notes it: %s", async (name) => {
    const { client, missed } = serve();
    const error = await refusalOf(calls[name](client(headers)));
    expect(error.code).toBe(Code.NotFound);
    expect(reasonOf(error)).toBe("TASK_NOT_FOUND");
    expect(missed).toEqual([`todo.task.v1.TaskService/${TaskService.method[name].name} ${id}`]);
  });

  it("takes no user for ScanTasks, which no user may call", async () => {
    const { client } = serve();
    const { "todo-assertion": _, ...rest } = headers;
    expect((await client(rest).scanTasks({})).tasks).toEqual([]);
  });
});
