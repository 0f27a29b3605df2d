import { randomUUID } from "node:crypto";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import * as web from "@connectrpc/connect-web";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import {
  GetTaskRequestSchema,
  type GetTaskResponse,
  GetTaskResponseSchema,
  TaskService,
} from "@todo/proto/todo/task/v1/task_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bearer, type Fixture, post, reasonIn, startFixture, until } from "./harness.ts";

let fixture: Fixture;
let token: string;

beforeAll(async () => {
  fixture = await startFixture();
  fixture.task.getTask = ({ id }) => ({ task: { id, title: "Water the plants" } });
  token = await fixture.identity.token();
});
afterAll(() => fixture[Symbol.asyncDispose]());

describe("one port, every form of a call", () => {
  const options = () => ({ baseUrl: fixture.url });
  const transports: Record<string, () => Transport> = {
    "Connect over HTTP/1.1": () => createConnectTransport({ ...options(), httpVersion: "1.1" }),
    "Connect over HTTP/2": () => createConnectTransport({ ...options(), httpVersion: "2" }),
    "Connect with binary messages": () =>
      createConnectTransport({ ...options(), httpVersion: "1.1", useBinaryFormat: true }),
    "Connect GET": () => createConnectTransport({ ...options(), httpVersion: "2", useHttpGet: true }),
    "gRPC over HTTP/2": () => createGrpcTransport(options()),
    "gRPC-Web over HTTP/1.1": () => createGrpcWebTransport({ ...options(), httpVersion: "1.1" }),
    "gRPC-Web over HTTP/2": () => createGrpcWebTransport({ ...options(), httpVersion: "2" }),
    "Connect of a browser": () => web.createConnectTransport(options()),
    "Connect GET of a browser": () => web.createConnectTransport({ ...options(), useHttpGet: true }),
    "gRPC-Web of a browser": () => web.createGrpcWebTransport(options()),
  };

  it.each(Object.keys(transports))("answers %s [R076]", async (name) => {
    const client = createClient(TaskService, (transports[name] as () => Transport)());
    const id = randomUUID();
    const { task } = await client.getTask({ id }, { headers: bearer(token) });
    expect(task).toMatchObject({ id, title: "Water the plants" });
  });

  it("answers a gRPC client of another make [R076]", async () => {
    const client = new Client(fixture.url.replace("http://", ""), credentials.createInsecure());
    const id = randomUUID();
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${token}`);
    const answer = await new Promise<GetTaskResponse>((resolve, reject) => {
      client.makeUnaryRequest(
        "/todo.task.v1.TaskService/GetTask",
        (request: { id: string }) =>
          Buffer.from(toBinary(GetTaskRequestSchema, create(GetTaskRequestSchema, request))),
        (bytes: Buffer) => fromBinary(GetTaskResponseSchema, bytes),
        { id },
        metadata,
        (error, value) => (error ? reject(error) : resolve(value as GetTaskResponse)),
      );
    });
    client.close();
    expect(answer.task?.id).toBe(id);
  });

  it("answers a bare GET with the message in the query", async () => {
    const id = randomUUID();
    const query = new URLSearchParams({ encoding: "json", message: JSON.stringify({ id }), connect: "v1" });
    const response = await fetch(`${fixture.url}/todo.task.v1.TaskService/GetTask?${query}`, {
      headers: bearer(token),
    });
    expect(await response.json()).toMatchObject({ task: { id } });
  });

  it("does not change anything by GET", async () => {
    const query = new URLSearchParams({ encoding: "json", message: "{}", connect: "v1" });
    const response = await fetch(`${fixture.url}/todo.task.v1.TaskService/CreateTask?${query}`, {
      headers: bearer(token),
    });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
  });

  it("lets a browser ask with its ETag whether an answer still holds", async () => {
    const query = new URLSearchParams({ encoding: "json", message: JSON.stringify({ id: randomUUID() }) });
    const url = `${fixture.url}/todo.task.v1.TaskService/GetTask?${query}`;
    const first = await fetch(url, { headers: bearer(token) });
    const etag = first.headers.get("etag") ?? "";
    const again = await fetch(url, { headers: { ...bearer(token), "if-none-match": etag } });
    const other = await fetch(url, { headers: { ...bearer(token), "if-none-match": '"another"' } });
    expect(first.headers.get("cache-control")).toBe("private, no-cache");
    expect([first.status, again.status, other.status]).toEqual([200, 304, 200]);
    expect(await again.text()).toBe("");
    expect(await other.text()).toBe(await first.text());
  });
});

describe("what a service receives", () => {
  it("is the user, from us, and nothing that came from outside [R090]", async () => {
    const userId = randomUUID();
    const mine = await fixture.identity.token({ sub: userId, scope: "tasks:read" });
    const sent = {
      ...bearer(mine),
      cookie: "todo.session_token=secret; other=1",
      "x-request-id": "my-request-0001",
      "todo-assertion": "forged",
      "dapr-app-id": "audit",
      "dapr-api-token": "forged",
      "dapr-caller-app-id": "identity",
      "x-forwarded-for": "6.6.6.6",
      "x-forwarded-host": "evil.test",
      "connect-timeout-ms": "4000",
      "grpc-timeout": "4S",
      "grpc-trace-bin": "AAAA",
      te: "trailers",
      "x-anything": "else",
    };
    const { status, headers } = await post(fixture.url, "GetTask", { id: randomUUID() }, sent);
    expect(status).toBe(200);
    expect(headers.get("x-request-id")).toBe("my-request-0001");
    const { header, principal } = fixture.received.at(-1) ?? {};
    expect(principal).toMatchObject({
      userId,
      issuer: "gateway",
      actor: "person",
      scopes: ["tasks:read"],
      zone: "Europe/Berlin",
      locale: "de",
      requestId: "my-request-0001",
    });
    const names = [...(header?.keys() ?? [])].sort();
    expect(names).toEqual(["dapr-api-token", "todo-assertion", "user-agent", "x-request-id"]);
    expect(header?.get("todo-assertion")).not.toBe("forged");
    expect(header?.get("dapr-api-token")).not.toBe("forged");
    expect(header?.get("user-agent")).toMatch(/^grpc-node-js/);
  });

  it.each(["short", "white space!", "x".repeat(65), "läßtnicht"])(
    "is a fresh request id in place of %j",
    async (id) => {
      const sent = { ...bearer(token), "x-request-id": encodeURIComponent(id) };
      const { headers } = await post(fixture.url, "GetTask", { id: randomUUID() }, sent);
      const made = headers.get("x-request-id");
      expect(made).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
      expect(fixture.received.at(-1)?.header.get("x-request-id")).toBe(made);
    },
  );

  it("is a deadline: the caller's, a little shortened, or ten seconds", async () => {
    const seen: (number | undefined)[] = [];
    fixture.task.listTasks = (_request, context) => {
      seen.push(context.timeoutMs());
      return {};
    };
    await post(fixture.url, "ListTasks", {}, { ...bearer(token), "connect-timeout-ms": "3000" });
    await post(fixture.url, "ListTasks", {}, bearer(token));
    const [asked = 0, fallback = 0] = seen;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(3000);
    expect(fallback).toBeGreaterThan(3000);
    expect(fallback).toBeLessThan(10_000);
  });

  it("is a request_id for every change: the caller's, the header's, or one of ours", async () => {
    const ids: string[] = [];
    fixture.task.createTask = ({ requestId }) => {
      ids.push(requestId);
      return {};
    };
    const key = { ...bearer(token), "idempotency-key": '"from-the-header"' };
    await post(fixture.url, "CreateTask", { title: "a", requestId: "from-the-body" }, bearer(token));
    await post(fixture.url, "CreateTask", { title: "b" }, key);
    await post(fixture.url, "CreateTask", { title: "c" }, bearer(token));
    await post(fixture.url, "CreateTask", { title: "c" }, bearer(token));
    expect(ids.slice(0, 2)).toEqual(["from-the-body", "from-the-header"]);
    expect(ids[2]).toMatch(/^[0-9a-f-]{14}7/);
    expect(ids[3]).not.toBe(ids[2]);
    const both = await post(fixture.url, "CreateTask", { title: "d", requestId: "from-the-body" }, key);
    expect([both.status, reasonIn(both.body), ids.length]).toEqual([400, "REQUEST_INVALID", 4]);
  });

  it("is the end of the call, when the caller goes away", async () => {
    const seen: string[] = [];
    fixture.task.listChanges = async (_request, { signal }) => {
      seen.push("started");
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      seen.push("cancelled");
      return {};
    };
    const gone = new AbortController();
    const client = createClient(TaskService, createGrpcTransport({ baseUrl: fixture.url }));
    const call = client.listChanges({}, { headers: bearer(token), signal: gone.signal });
    const browser = new AbortController();
    const get = fetch(`${fixture.url}/todo.task.v1.TaskService/ListChanges?encoding=json&message={}`, {
      headers: bearer(token),
      signal: browser.signal,
    });
    await until(() => seen.length === 2);
    const ended = [
      expect(call).rejects.toMatchObject({ rawMessage: "This operation was aborted" }),
      expect(get).rejects.toThrow(),
    ];
    gone.abort();
    browser.abort();
    await Promise.all(ended);
    await until(() => seen.filter((what) => what === "cancelled").length === 2);
    await until(() => fixture.logged().match(/"reason":"CANCELLED"/g)?.length === 2);
    expect(fixture.logged()).not.toContain("an error was masked");
  });
});
