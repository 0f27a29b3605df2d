import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { gzipSync } from "node:zlib";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { reasonOf } from "@todo/kit/errors";
import { BadRequestSchema } from "@todo/proto/google/rpc/error_details";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bearer, type ErrorBody, type Fixture, post, reasonIn, startFixture } from "./harness.ts";

let fixture: Fixture;
let auth: Record<string, string>;

beforeAll(async () => {
  fixture = await startFixture();
  auth = bearer(await fixture.identity.token());
});
afterAll(() => fixture[Symbol.asyncDispose]());

const misspelt = '{"filter":{"statuses":["COMPLETED","OPNE"]},"pagesize":5}';
const problems =
  /filter\.statuses\[1\] must be one of .*TASK_STATUS_OPEN.*; pagesize .* did you mean pageSize\?/;

async function get(query: string) {
  const response = await fetch(`${fixture.url}/todo.task.v1.TaskService/ListTasks?${query}`, {
    headers: auth,
  });
  return { status: response.status, body: (await response.json()) as ErrorBody };
}

describe("a request in JSON that says what nobody would hear", () => {
  it("is refused over POST, and reaches no service", async () => {
    const before = fixture.received.length;
    const { status, body } = await post(fixture.url, "ListTasks", misspelt, auth);
    expect([status, body.code, reasonIn(body)]).toEqual([400, "invalid_argument", "REQUEST_INVALID"]);
    expect(body.message).toMatch(problems);
    expect(body.details?.find(({ type }) => type === "google.rpc.BadRequest")?.debug).toMatchObject({
      fieldViolations: [
        { field: "filter.statuses[1]", reason: "ENUM_UNKNOWN" },
        { field: "pagesize", reason: "FIELD_UNKNOWN" },
      ],
    });
    expect(fixture.received).toHaveLength(before);
  });

  it.each([
    ["as it is", `encoding=json&message=${encodeURIComponent(misspelt)}`],
    ["in base64", `encoding=json&base64=1&message=${Buffer.from(misspelt).toString("base64url")}`],
    ["packed", `encoding=json&base64=1&compression=gzip&message=${gzipSync(misspelt).toString("base64url")}`],
  ])("is refused over GET %s", async (_, query) => {
    const { status, body } = await get(query);
    expect([status, reasonIn(body)]).toEqual([400, "REQUEST_INVALID"]);
    expect(body.message).toMatch(problems);
  });

  it.each(["application/grpc+json", "application/grpc-web+json"])(
    "is refused over %s",
    async (contentType) => {
      const session = connectHttp2(fixture.url);
      const stream = session.request({
        ":method": "POST",
        ":path": "/todo.task.v1.TaskService/ListTasks",
        "content-type": contentType,
        te: "trailers",
        ...auth,
      });
      const body = Buffer.from(misspelt);
      const head = Buffer.alloc(5);
      head.writeUInt32BE(body.byteLength, 1);
      stream.end(Buffer.concat([head, body]));
      let trailers: Record<string, unknown> = {};
      stream.on("trailers", (headers) => {
        trailers = headers;
      });
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      await once(stream, "close");
      session.close();
      const inBody = Buffer.concat(chunks).toString();
      const message = trailers["grpc-message"] ?? /grpc-message: (.*)\r/i.exec(inBody)?.[1];
      const status = trailers["grpc-status"] ?? /grpc-status: (.*)\r/i.exec(inBody)?.[1];
      expect(status).toBe("3");
      expect(decodeURIComponent(String(message))).toMatch(problems);
    },
  );

  it("is taken in every protocol where all of it is known", async () => {
    const options = { baseUrl: fixture.url, useBinaryFormat: false };
    for (const transport of [
      createConnectTransport({ ...options, httpVersion: "1.1" }),
      createConnectTransport({ ...options, httpVersion: "1.1", useHttpGet: true }),
      createGrpcTransport(options),
      createGrpcWebTransport({ ...options, httpVersion: "1.1" }),
    ]) {
      const client = createClient(TaskService, transport);
      const request = { filter: { hasDue: true, dueFrom: { seconds: 1n } }, pageSize: 5 };
      await expect(client.listTasks(request, { headers: auth })).resolves.toBeDefined();
    }
  });
});

describe("a request in Protobuf", () => {
  const send = async (method: string, body: Buffer<ArrayBuffer>) => {
    const response = await fetch(`${fixture.url}/todo.task.v1.TaskService/${method}`, {
      method: "POST",
      headers: { ...auth, "content-type": "application/proto" },
      body,
    });
    return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
  };

  it("may have fields that are not known yet", async () => {
    expect((await send("ListTasks", Buffer.from([0xf8, 0x07, 0x01]))).status).toBe(200);
  });

  it("is refused with text that is no UTF-8, in a field, a list and a message", async () => {
    for (const [method, bytes] of [
      ["CreateTask", [0x0a, 2, 0x61, 0xff]],
      ["CreateTask", [0x0a, 1, 0x61, 0x22, 2, 0xc3, 0x28]],
      ["CreateTask", [0x0a, 1, 0x61, 0x2a, 4, 0x0a, 2, 0xed, 0xa0]],
    ] as const) {
      const answer = await send(method, Buffer.from(bytes));
      const body = JSON.parse(answer.bytes.toString()) as ErrorBody;
      expect([answer.status, reasonIn(body)]).toEqual([400, "REQUEST_UNREADABLE"]);
      expect(body.message).toBe("request cannot be decoded: a text in it is no UTF-8");
    }
  });
});

describe("the query of a call", () => {
  it.each([
    ["an unknown parameter", "encoding=json&message={}&pageSize=5", "pageSize is no parameter of a GET"],
    ["a parameter twice", "encoding=json&message={}&message={}", "message is given twice"],
    ["text that is no UTF-8", "encoding=json&message=%7B%22pageToken%22:%22%ff%22%7D", "no UTF-8"],
  ])("with %s is refused", async (_, query, text) => {
    const { status, body } = await get(query);
    expect([status, body.code]).toEqual([400, "invalid_argument"]);
    expect(body.message).toContain(text);
  });

  it("is refused beside a body", async () => {
    const { status, body } = await post(fixture.url, "BatchUpdateTasks?dryRun=true", {}, auth);
    expect([status, body.message]).toEqual([400, "the query must be empty: the request stands in the body"]);
  });
});

describe("an error about a request", () => {
  const password = "hunter2-hunter2";

  it("never repeats what was sent", async () => {
    const bodies = [
      `{"title":"${password}`,
      `{"title":"a"} ${password}`,
      `{"title":["${password}"]}`,
      `{"priority":"${password}"}`,
      `{"due":{"zoned":{"time":"${password}"}}}`,
      `{"due":{"allDay":"${password}"}}`,
      `{"requestId":"${password} "}`,
      `{"subtaskOf":"${password}"}`,
      `{"reminderMinutes":["${password}"]}`,
      `{"nope":"${password}"}`,
    ];
    for (const body of bodies) {
      const answer = await post(fixture.url, "CreateTask", body, auth);
      expect([body, answer.status]).toEqual([body, 400]);
      expect(JSON.stringify(answer.body)).not.toContain(password);
    }
    for (const headers of [
      { "connect-timeout-ms": password },
      { "content-encoding": password },
      { "idempotency-key": `${password}!` },
    ]) {
      const answer = await post(fixture.url, "CreateTask", {}, { ...auth, ...headers });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify(answer.body)).not.toContain(password);
    }
  });

  it("is the same over gRPC with JSON, with its paths", async () => {
    const client = createClient(
      TaskService,
      createGrpcTransport({ baseUrl: fixture.url, useBinaryFormat: false }),
    );
    const error = await client
      .createTask({ title: "a", priority: 77 as never }, { headers: auth })
      .then(() => undefined, ConnectError.from);
    expect(error?.code).toBe(Code.InvalidArgument);
    expect(error && reasonOf(error)).toBe("REQUEST_INVALID");
    const [bad] = error?.findDetails(BadRequestSchema) ?? [];
    expect(bad?.fieldViolations.map(({ field }) => field)).toEqual(["priority"]);
  });
});
