import { Code, ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { BadRequestSchema } from "@todo/proto/google/rpc/error_details";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";
import type { User } from "./user.ts";

const create = "/todo.task.v1.TaskService/CreateTask";

/** Each field rule with a request that breaks exactly it, and the path the violation must name. */
const violations: [path: string, request: object][] = [
  ["title", { title: "" }],
  ["title", { title: "x".repeat(201) }],
  ["title", { title: "x".repeat(100_000) }],
  ["title", { title: "bell\u0007" }],
  ["title", { title: "null\u0000" }],
  ["description", { title: "t", description: "x".repeat(10_001) }],
  ["description", { title: "t", description: "escape\u001b" }],
  ["priority", { title: "t", priority: 99 }],
  ["tags", { title: "t", tags: Array.from({ length: 21 }, (_, i) => `tag${i}`) }],
  ["tags", { title: "t", tags: ["same", "same"] }],
  ["tags[0]", { title: "t", tags: [""] }],
  ["tags[1]", { title: "t", tags: ["fine", "x".repeat(51)] }],
  ["due.kind", { title: "t", due: {} }],
  ["due.all_day", { title: "t", due: { kind: { case: "allDay", value: "2026-13-01" } } }],
  ["due.floating", { title: "t", due: { kind: { case: "floating", value: "2026-01-01 09:00" } } }],
  ["due.zoned.time", { title: "t", due: { kind: { case: "zoned", value: { tzid: "UTC" } } } }],
  [
    "due.zoned.tzid",
    { title: "t", due: { kind: { case: "zoned", value: { time: { seconds: 1n }, tzid: "" } } } },
  ],
  ["due.all_day", { title: "t", due: { kind: { case: "allDay", value: "2026-02-30" } } }],
  [
    "due.zoned.tzid",
    { title: "t", due: { kind: { case: "zoned", value: { time: { seconds: 1n }, tzid: "Mars/Olympus" } } } },
  ],
  ["subtask_of", { title: "t", subtaskOf: "not-a-uuid" }],
  ["request_id", { title: "t", requestId: "short" }],
];

/** Whatever is sent, the answer is clear, tells nothing about the inside, and nothing is stored. */
export function badInputSuite(bed: () => Bed): void {
  describe("bad input", () => {
    let user: User;
    beforeAll(async () => {
      user = await bed().signUp();
    });

    it.each(violations)("is refused with the path %s", async (path, request) => {
      const error = await user
        .client(TaskService)
        .createTask(request)
        .then(() => undefined, ConnectError.from);
      expect(error).toMatchObject({ code: Code.InvalidArgument });
      expect(paths(error)).toContain(path);
    });

    it("is refused with every violation at once", async () => {
      const request = { title: "", description: "x".repeat(10_001), requestId: "no" };
      const error = await user
        .client(TaskService)
        .createTask(request)
        .then(() => undefined, ConnectError.from);
      expect(paths(error).sort()).toEqual(["description", "request_id", "title"]);
    });

    it.each([
      ["broken JSON", { body: '{"title": ', contentType: "application/json" }, 400],
      ["a field of the wrong type", { body: '{"title": 7}', contentType: "application/json" }, 400],
      ["an unreadable binary message", { body: "\u000f\u000f\u000f", contentType: "application/proto" }, 400],
      [
        "a body above 1 MiB",
        { body: JSON.stringify({ title: "x".repeat(2 ** 21) }), contentType: "application/json" },
        429,
      ],
      ["an unknown content type", { body: "<task/>", contentType: "application/xml" }, 415],
    ])("such as %s gets a plain answer", async (_, { body, contentType }, status) => {
      const answer = await post(bed().url + create, body, contentType, user.token);
      expect(answer.status).toBe(status);
      expect(await answer.text()).not.toMatch(/at .*\.ts|node_modules|SELECT|127\.0\.0\.1:/);
    });

    it("such as an unknown method is not found", async () => {
      const answer = await post(
        `${bed().url}/todo.task.v1.TaskService/StealTask`,
        "{}",
        "application/json",
        user.token,
      );
      expect(answer.status).toBe(404);
    });

    it.each([
      ["ScanTasks", "/todo.task.v1.TaskService/ScanTasks"],
      ["Exchange", "/todo.identity.v1.AuthService/Exchange"],
      ["RecordAccess", "/todo.audit.v1.AuditService/RecordAccess"],
      ["OnTopicEvent", "/dapr.proto.runtime.v1.AppCallback/OnTopicEvent"],
    ])("cannot reach the internal method %s", async (_, path) => {
      expect((await post(bed().url + path, "{}", "application/json", user.token)).status).toBe(404);
    });

    it.each([
      ["none", "", "CREDENTIALS_MISSING"],
      ["nonsense", "Bearer nonsense", "CREDENTIALS_INVALID"],
      ["an unsigned token", () => `Bearer ${unsigned(user.token)}`, "CREDENTIALS_INVALID"],
      [
        "a token with a changed user",
        () => `Bearer ${forUser(user.token, "018f0000-0000-7000-8000-000000000000")}`,
        "CREDENTIALS_INVALID",
      ],
    ])("such as credentials that are %s is refused [R090]", async (_, authorization, reason) => {
      const value = typeof authorization === "string" ? authorization : authorization();
      const answer = await fetch(bed().url + create, {
        method: "POST",
        headers: { "content-type": "application/json", ...(value === "" ? {} : { authorization: value }) },
        body: '{"title":"t"}',
      });
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({
        code: "unauthenticated",
        details: [{ debug: { reason, domain: "todo" } }],
      });
    });

    it("is told by a service in the caller's names, with details that can be read", async () => {
      const id = "018f0000-0000-7000-8000-000000000000";
      const call = async (method: string, request: object) => {
        const url = `${bed().url}/todo.task.v1.TaskService/${method}`;
        return (await post(url, JSON.stringify(request), "application/json", user.token)).json();
      };
      expect(await call("GetTask", { id })).toMatchObject({
        code: "not_found",
        details: [{ type: "google.rpc.ErrorInfo", debug: { reason: "TASK_NOT_FOUND", metadata: { id } } }],
      });
      expect(await call("CreateTask", { title: "t", subtaskOf: id })).toMatchObject({
        code: "failed_precondition",
        message: "subtaskOf names no task that can hold this one",
        details: [{ debug: { reason: "PARENT_INVALID" } }],
      });
      expect(await call("CreateTask", { title: "t", due: { allDay: "2026-02-30" } })).toMatchObject({
        code: "invalid_argument",
        message: "due.allDay is not a date of the calendar",
        details: [
          { debug: { reason: "REQUEST_INVALID" } },
          { debug: { fieldViolations: [{ field: "due.allDay" }] } },
        ],
      });
    });

    it.each([
      ["sign-in/email", { email: "a@example.com", password: 48_151_623 }],
      ["sign-in/email", { email: 48_151_623, password: "48151623" }],
      ["sign-in/email", '{"email":"48151623"'],
      ["sign-up/email", { name: "x", email: "a@example.com", password: 48_151_623 }],
      ["sign-up/email", { name: ["48151623"], email: "48151623", password: { a: "48151623" } }],
      ["change-password", { currentPassword: 48_151_623, newPassword: ["48151623"] }],
      ["verify-password", { password: 48_151_623 }],
    ])("is not repeated by /api/auth/%s", async (path, body) => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const answer = await post(`${bed().url}/api/auth/${path}`, text, "application/json", user.session);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(await answer.text()).not.toContain("48151623");
    });

    it("such as a page token of somebody else is refused", async () => {
      const other = await bed().signUp();
      await Promise.all([1, 2].map((n) => other.client(TaskService).createTask({ title: `n${n}` })));
      const { nextPageToken } = await other.client(TaskService).listTasks({ pageSize: 1 });
      for (const pageToken of [nextPageToken, "nonsense", `${nextPageToken}x`]) {
        const error = await user
          .client(TaskService)
          .listTasks({ pageSize: 1, pageToken })
          .then(() => undefined, ConnectError.from);
        expect(error && reasonOf(error)).toBe("PAGE_TOKEN_INVALID");
      }
    });

    it("such as a cursor beyond the newest change is refused", async () => {
      const error = await user
        .client(TaskService)
        .listChanges({ cursor: 2n ** 63n })
        .then(() => undefined, ConnectError.from);
      expect(error).toMatchObject({ code: Code.OutOfRange });
      expect(error && reasonOf(error)).toBe("CURSOR_INVALID");
    });

    it("leaves nothing stored", async () => {
      expect((await user.client(TaskService).listTasks({})).tasks).toEqual([]);
      expect((await user.client(TaskService).listChanges({})).changes).toEqual([]);
    });

    it("is told from unusual input: emoji, right-to-left text and combining marks are kept as they came", async () => {
      const title = "👩‍👩‍👧‍👦 שלום é ﷽ 🏳️‍🌈";
      const { task } = await user.client(TaskService).createTask({ title });
      expect((await user.client(TaskService).getTask({ id: task?.id ?? "" })).task?.title).toBe(title);
    });
  });
}

function paths(error: ConnectError | undefined): string[] {
  return (error?.findDetails(BadRequestSchema) ?? []).flatMap(({ fieldViolations }) =>
    fieldViolations.map(({ field }) => field),
  );
}

function post(url: string, body: string, contentType: string, token: string): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": contentType, authorization: `Bearer ${token}` },
    body,
  });
}

function unsigned(token: string): string {
  const header = Buffer.from(JSON.stringify({ alg: "none", typ: "JWT" })).toString("base64url");
  return `${header}.${token.split(".")[1]}.`;
}

function forUser(token: string, sub: string): string {
  const [header, payload, signature] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload ?? "", "base64url").toString()) as object;
  return `${header}.${Buffer.from(JSON.stringify({ ...claims, sub })).toString("base64url")}.${signature}`;
}
