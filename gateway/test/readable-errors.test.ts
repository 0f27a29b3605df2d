import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { detail, domainError, ErrorReason } from "@todo/kit/errors";
import { BadRequestSchema, PreconditionFailureSchema } from "@todo/proto/google/rpc/error_details";
import { TaskSchema } from "@todo/proto/todo/task/v1/task";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bearer, type ErrorBody, type Fixture, post, startFixture } from "./harness.ts";

let fixture: Fixture;
let auth: Record<string, string>;
const id = "018f0000-0000-7000-8000-000000000000";

beforeAll(async () => {
  fixture = await startFixture();
  auth = bearer(await fixture.identity.token());
});
afterEach(() => {
  delete fixture.task.updateTask;
});
afterAll(() => fixture[Symbol.asyncDispose]());

const update = { id, updateMask: "title", title: "a" };
const debugs = (body: ErrorBody) =>
  Object.fromEntries((body.details ?? []).map((each) => [each.type, each.debug]));

describe("an error of a service", () => {
  it("is readable in JSON with all its details", async () => {
    fixture.task.updateTask = () => {
      throw domainError(ErrorReason.TASK_CHANGED, "title, subtask_of changed since the etag", {
        metadata: { fields: "title,subtask_of", etag: "e1" },
        retryAfterMs: 1500,
        details: [
          detail(TaskSchema, { id, title: "sub_task", subtaskOf: id }),
          detail(BadRequestSchema, {
            fieldViolations: [{ field: "due.all_day", description: "due.all_day is none" }],
          }),
          detail(PreconditionFailureSchema, {
            violations: [{ type: "T", subject: id, description: "is open" }],
          }),
        ],
      });
    };
    const { status, body } = await post(fixture.url, "UpdateTask", update, auth);
    expect([status, body.message]).toEqual([409, "title, subtaskOf changed since the etag"]);
    expect(debugs(body)).toMatchObject({
      "google.rpc.ErrorInfo": {
        reason: "TASK_CHANGED",
        domain: "todo",
        metadata: { fields: "title,subtaskOf", etag: "e1" },
      },
      "google.rpc.RetryInfo": { retryDelay: "1.500s" },
      "google.rpc.BadRequest": {
        fieldViolations: [{ field: "due.allDay", description: "due.allDay is none" }],
      },
      "google.rpc.PreconditionFailure": { violations: [{ subject: id, description: "is open" }] },
      "todo.task.v1.Task": { id, title: "sub_task", subtaskOf: id },
    });
    for (const { value } of body.details ?? []) expect(value).toMatch(/^[A-Za-z0-9+/]*$/);
  });

  it("keeps the names of the contract for who speaks Protobuf", async () => {
    fixture.task.updateTask = () => {
      throw domainError(ErrorReason.PARENT_INVALID, "subtask_of names no task that can hold this one");
    };
    const client = createClient(TaskService, createGrpcTransport({ baseUrl: fixture.url }));
    const request = { id, updateMask: { paths: ["title"] }, title: "a" };
    const error = await client
      .updateTask(request, { headers: auth })
      .then(() => undefined, ConnectError.from);
    expect(error).toMatchObject({
      code: Code.FailedPrecondition,
      rawMessage: "subtask_of names no task that can hold this one",
    });
  });

  it("keeps its text, whatever that begins and ends with", async () => {
    fixture.task.updateTask = () => {
      throw domainError(ErrorReason.TASK_CHANGED, "  changed since the etag\n");
    };
    const { body } = await post(fixture.url, "UpdateTask", update, auth);
    expect(body.message).toBe("changed since the etag");
  });
});

describe("a broken rule", () => {
  const broken = { id, updateMask: "title,subtaskOf", subtaskOf: "x", title: "x".repeat(201) };

  it("is told in one sentence, in the names of JSON", async () => {
    const { status, body } = await post(fixture.url, "UpdateTask", broken, auth);
    expect(status).toBe(400);
    expect(body.message?.split("; ").sort()).toEqual([
      "subtaskOf must be a UUID such as 018f0000-0000-7000-8000-000000000000",
      "title must have at most 200 characters",
    ]);
    expect(debugs(body)["google.rpc.BadRequest"]).toMatchObject({
      fieldViolations: [
        { field: "title", description: "title must have at most 200 characters", reason: "STRING_MAX_LEN" },
        { field: "subtaskOf", reason: "STRING_UUID" },
      ],
    });
  });

  it.each([
    ["due.allDay", /^updateMask must name fields of title, .*, subtaskOf, .*: did you mean due\?$/],
    ["descripton", /^updateMask must name fields of .*: did you mean description\?$/],
    ["", /^updateMask must name at least one field$/],
    ["title", /^description is given, but the mask does not name it$/],
  ])("of a mask such as %j is told so too", async (updateMask, text) => {
    const { status, body } = await post(
      fixture.url,
      "UpdateTask",
      { id, updateMask, description: "a" },
      auth,
    );
    expect([status, body.message]).toEqual([400, expect.stringMatching(text)]);
  });

  it("is told in the names of JSON over GET as well", async () => {
    const message = encodeURIComponent('{"filter":{"subtaskOf":"x"}}');
    const url = `${fixture.url}/todo.task.v1.TaskService/ListTasks?encoding=json&message=${message}`;
    const response = await fetch(url, { headers: auth });
    expect(((await response.json()) as ErrorBody).message).toMatch(/^filter\.subtaskOf must be a UUID/);
  });

  it.each([
    ["ListTasks", { filter: { tags: ["a\0"] } }, "filter.tags[0] must not have the character NUL"],
    ["RenameTag", { name: "a\0", newName: "b" }, "name must not have the character NUL"],
    ["UpdateTask", { ...update, etag: "\0" }, "etag must not have the character NUL"],
    ["Undo", { undoToken: "a\0" }, "undoToken must not have the character NUL"],
  ])("of no NUL in %s is told before the database hears of it", async (method, request, text) => {
    const { status, body } = await post(fixture.url, method, request, auth);
    expect([status, body.message]).toEqual([400, text]);
  });
});
