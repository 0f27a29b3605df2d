import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { gzipSync } from "node:zlib";
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { compressionGzip, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { reasonOf } from "@todo/kit/errors";
import { BadRequestSchema } from "@todo/proto/google/rpc/error_details";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { AuthService } from "@todo/proto/todo/identity/v1/auth_service";
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

const mebibyte = 1_048_576;

describe("a request that breaks rules of the contract", () => {
  it("is answered with every violation and its path", async () => {
    const before = fixture.received.length;
    const client = createClient(TaskService, createGrpcTransport({ baseUrl: fixture.url }));
    const error = await client
      .createTask({ title: "x".repeat(100_000), tags: ["a", "a"], requestId: "no!" }, { headers: auth })
      .catch(ConnectError.from);
    expect(error).toMatchObject({ code: Code.InvalidArgument });
    expect(reasonOf(error as ConnectError)).toBe("REQUEST_INVALID");
    const [bad] = (error as ConnectError).findDetails(BadRequestSchema);
    expect(bad?.fieldViolations.map(({ field }) => field).sort()).toEqual(["request_id", "tags", "title"]);
    const [violations] = (error as ConnectError).findDetails(ViolationsSchema);
    expect(violations?.violations).toHaveLength(3);
    expect(fixture.received).toHaveLength(before);
  });

  it("is answered so in JSON as well", async () => {
    const { status, body } = await post(fixture.url, "GetTask", { id: "no uuid" }, auth);
    expect([status, body.code, reasonIn(body)]).toEqual([400, "invalid_argument", "REQUEST_INVALID"]);
    expect(body.message).toBe("id must be a UUID such as 018f0000-0000-7000-8000-000000000000");
  });

  it("is one whose Idempotency-Key is none", async () => {
    const { status, body } = await post(
      fixture.url,
      "CreateTask",
      { title: "a" },
      { ...auth, "idempotency-key": "no" },
    );
    expect([status, reasonIn(body)]).toEqual([400, "REQUEST_INVALID"]);
  });

  it("is one that asks for more time than there is", async () => {
    const headers = { ...auth, "connect-timeout-ms": "31000" };
    const { status, body } = await post(fixture.url, "GetTask", { id: randomUUID() }, headers);
    expect([status, reasonIn(body), body.message]).toEqual([
      400,
      "REQUEST_INVALID",
      "timeout: must be at most 30000 ms",
    ]);
  });
});

describe("a request that is too large", () => {
  const large = JSON.stringify({ title: "x".repeat(mebibyte) });

  it("is refused by its stated length", async () => {
    const { status, body } = await post(fixture.url, "CreateTask", large, auth);
    expect([status, body.code, reasonIn(body)]).toEqual([429, "resource_exhausted", "REQUEST_TOO_LARGE"]);
    expect(body.message).toBe("request is larger than 1 MiB");
  });

  it("is refused while it is read if it states none, and the answer arrives", async () => {
    const headers = { ...auth, "content-type": "application/json", "transfer-encoding": "chunked" };
    const sending = request(`${fixture.url}/todo.task.v1.TaskService/CreateTask`, {
      method: "POST",
      headers,
    });
    for (let i = 0; i < 4; i++) sending.write(large);
    sending.end();
    const [response] = await once(sending, "response");
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    expect(response.statusCode).toBe(429);
    expect(reasonIn(JSON.parse(Buffer.concat(chunks).toString()))).toBe("REQUEST_TOO_LARGE");
  });

  it("is refused over gRPC and gRPC-Web", async () => {
    for (const transport of [
      createGrpcTransport({ baseUrl: fixture.url }),
      createGrpcWebTransport({ baseUrl: fixture.url, httpVersion: "1.1" }),
    ]) {
      const client = createClient(TaskService, transport);
      const call = client.createTask({ title: "x".repeat(mebibyte) }, { headers: auth });
      const error = await call.then(() => undefined, ConnectError.from);
      expect(error?.code).toBe(Code.ResourceExhausted);
      expect(reasonOf(error as ConnectError)).toBe("REQUEST_TOO_LARGE");
    }
  });

  it("is refused if it becomes so when it is unpacked", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * mebibyte, " "));
    const response = await fetch(`${fixture.url}/todo.task.v1.TaskService/CreateTask`, {
      method: "POST",
      headers: { ...auth, "content-type": "application/json", "content-encoding": "gzip" },
      body: bomb,
    });
    expect(bomb.byteLength).toBeLessThan(mebibyte);
    expect([response.status, reasonIn((await response.json()) as ErrorBody)]).toEqual([
      429,
      "REQUEST_TOO_LARGE",
    ]);
  });

  it("is taken just below the limit", async () => {
    const client = createClient(
      TaskService,
      createGrpcTransport({ baseUrl: fixture.url, sendCompression: compressionGzip, compressMinBytes: 1 }),
    );
    const call = client.createTask({ title: "a", description: "x".repeat(10_000) }, { headers: auth });
    await expect(call).resolves.toBeDefined();
  });
});

describe("a request that cannot be read", () => {
  const send = async (headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>) => {
    const response = await fetch(`${fixture.url}/todo.task.v1.TaskService/GetTask`, {
      method: "POST",
      headers: { ...auth, ...headers },
      body,
    });
    const text = await response.text();
    return { status: response.status, body: JSON.parse(text) as ErrorBody };
  };
  const json = { "content-type": "application/json" };

  it.each<[string, Record<string, string>, string | Uint8Array<ArrayBuffer>, number]>([
    ["broken JSON", json, '{"id": ', 400],
    ["JSON of another shape", json, '{"id": {"a": 1}}', 400],
    ["no JSON object", json, "[1, 2]", 400],
    ["bytes that are no text", json, new Uint8Array([0xff, 0xfe, 0x00]), 400],
    [
      "bytes that are no Protobuf",
      { "content-type": "application/proto" },
      new Uint8Array([0xff, 0xff]),
      400,
    ],
    ["a broken archive", { ...json, "content-encoding": "gzip" }, "no gzip at all", 400],
    ["an unknown compression", { ...json, "content-encoding": "zip" }, "{}", 501],
    ["an unknown content type", { "content-type": "text/plain" }, "{}", 415],
    ["an impossible timeout", { ...json, "connect-timeout-ms": "soon" }, "{}", 400],
  ])("for %s is answered in words", async (_what, headers, body, status) => {
    const answer = await send(headers, body);
    expect([answer.status, reasonIn(answer.body)]).toEqual([status, "REQUEST_UNREADABLE"]);
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\bat \w+ \(|\.js:/);
  });

  it("of an unknown content type hears which are known, and nothing of what it sent", async () => {
    const response = await fetch(`${fixture.url}/todo.task.v1.TaskService/GetTask`, {
      method: "POST",
      headers: { ...auth, "content-type": "text/secret" },
      body: "{}",
    });
    const { message = "" } = (await response.json()) as ErrorBody;
    expect(response.headers.get("accept-post")).toContain("application/json, application/proto");
    expect(message).toMatch(
      /^this content type is not taken: one of application\/json, .*application\/grpc\+proto is$/,
    );
  });

  it("for a query that is no base64 is answered in words", async () => {
    const query = "encoding=proto&base64=1&message=%%%";
    const response = await fetch(`${fixture.url}/todo.task.v1.TaskService/GetTask?${query}`, {
      headers: auth,
    });
    expect([response.status, reasonIn((await response.json()) as ErrorBody)]).toEqual([
      400,
      "REQUEST_UNREADABLE",
    ]);
  });

  it("for broken gRPC frames is answered in trailers", async () => {
    const session = connectHttp2(fixture.url);
    const stream = session.request({
      ":method": "POST",
      ":path": "/todo.task.v1.TaskService/GetTask",
      "content-type": "application/grpc",
      te: "trailers",
      ...auth,
    });
    stream.end(Buffer.from([0, 0, 0, 0, 2, 0xff, 0xff]));
    stream.resume();
    const [trailers] = await once(stream, "trailers");
    session.close();
    expect(trailers["grpc-status"]).toBe("3");
    expect(trailers["grpc-message"]).toBe("request%20cannot%20be%20decoded");
  });

  it("does not harm who comes after it", async () => {
    expect((await post(fixture.url, "GetTask", { id: randomUUID() }, auth)).status).toBe(200);
  });
});

describe("a method that is not offered", () => {
  const unknown = [
    "todo.task.v1.TaskService/ScanTasks",
    "todo.identity.v1.AuthService/Exchange",
    "todo.audit.v1.AuditService/RecordAccess",
    "todo.task.v1.TaskService/NoSuchMethod",
    "no.such.Service/Method",
    "dapr.proto.runtime.v1.Dapr/InvokeService",
    "dapr.proto.runtime.v1.AppCallback/OnTopicEvent",
  ];

  it.each(unknown)("such as %s is 404 in Connect", async (name) => {
    const response = await fetch(`${fixture.url}/${name}`, {
      method: "POST",
      headers: { ...auth, "content-type": "application/json" },
      body: "{}",
    });
    const body = (await response.json()) as ErrorBody;
    expect([response.status, body.code, reasonIn(body)]).toEqual([404, "unimplemented", "METHOD_UNKNOWN"]);
  });

  it("is UNIMPLEMENTED over gRPC, internal ones included", async () => {
    for (const transport of [
      createGrpcTransport({ baseUrl: fixture.url }),
      createGrpcWebTransport({ baseUrl: fixture.url, httpVersion: "1.1" }),
    ]) {
      const calls: Promise<unknown>[] = [
        createClient(TaskService, transport).scanTasks({}, { headers: auth }),
        createClient(AuthService, transport).exchange({ method: "GET", path: "/api/auth/jwks" }),
        createClient(AuditService, transport).recordAccess({ id: randomUUID() }),
      ];
      const errors = await Promise.all(calls.map((call) => call.then(() => undefined, ConnectError.from)));
      for (const error of errors) {
        expect(error?.code).toBe(Code.Unimplemented);
        expect(reasonOf(error as ConnectError)).toBe("METHOD_UNKNOWN");
      }
    }
    expect(fixture.identity.asked.every(({ path }) => path === "/api/auth/jwks")).toBe(true);
  });

  it.each([
    "/todo.task.v1.TaskService/GetTask/",
    "//todo.task.v1.TaskService/GetTask",
    "/TODO.task.v1.TaskService/GetTask",
    "/x/../todo.task.v1.TaskService/ScanTasks",
  ])("cannot be reached by a path like %s", async (path) => {
    const sending = request({
      ...new URL(fixture.url),
      host: "127.0.0.1",
      port: fixture.gateway.port,
      path,
      method: "POST",
      headers: { ...auth, "content-type": "application/json" },
    });
    sending.end("{}");
    const [response] = await once(sending, "response");
    response.resume();
    expect(response.statusCode).toBe(404);
  });
});
