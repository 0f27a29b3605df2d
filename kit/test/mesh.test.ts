import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type HandlerContext } from "@connectrpc/connect";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { SpanKind } from "@opentelemetry/api";
import { domainError, ErrorReason, reasonOf } from "@todo/kit/errors";
import { maskErrors } from "@todo/kit/grpc/mask-errors";
import { observe } from "@todo/kit/grpc/observe";
import { mount, serveGrpc } from "@todo/kit/grpc/server";
import { createLogger } from "@todo/kit/log";
import { directMesh, type Mesh, type MeshOptions, sidecarMesh } from "@todo/kit/mesh";
import { renderMetrics } from "@todo/kit/metrics";
import { withRequest } from "@todo/kit/request-context";
import { collectSpans } from "@todo/kit/testing/traces";
import { currentTraceparent, span } from "@todo/kit/trace";
import { RetryInfoSchema } from "@todo/proto/google/rpc/error_details";
import { GetTaskResponseSchema, TaskService } from "@todo/proto/todo/task/v1/task_service";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { EchoService } from "./echo.ts";

const spans = collectSpans();
beforeEach(() => spans.reset());

const log = createLogger({ service: "test", destination: { write: () => undefined } });
const none = async function* () {};

/** An app behind a sidecar, told apart by nothing: it notes what arrives. */
async function startApp(o: { port?: number } = {}) {
  const seen: { context: HandlerContext; traceparent: string | undefined; left: number | undefined }[] = [];
  const note = (context: HandlerContext) => {
    seen.push({ context, traceparent: currentTraceparent(), left: context.timeoutMs() });
  };
  const server = await serveGrpc({
    port: o.port ?? 0,
    mounts: [
      mount(EchoService, {
        say({ text }, context) {
          note(context);
          if (text === "not found") throw domainError(ErrorReason.TASK_NOT_FOUND, "task not found");
          return { text };
        },
        async *repeat(_request, context) {
          note(context);
          yield { text: "once" };
        },
        async join(requests, context) {
          note(context);
          for await (const _ of requests);
          return {};
        },
        async *talk(_requests, context) {
          note(context);
          yield { text: "hello" };
        },
      }),
    ],
    interceptors: [observe(log), maskErrors(log)],
    shutdown: new AbortController().signal,
    log,
    graceMs: 50,
  });
  return { seen, server };
}

function through(make: () => Mesh) {
  const mesh = make();
  onTestFinished(() => mesh[Symbol.asyncDispose]());
  const transport = mesh.transport("task");
  return { mesh, echo: createClient(EchoService, transport), tasks: createClient(TaskService, transport) };
}

async function start(o: Partial<MeshOptions> = {}) {
  const app = await startApp();
  onTestFinished(() => app.server[Symbol.asyncDispose]());
  const address = `127.0.0.1:${app.server.port}`;
  return { ...app, ...through(() => sidecarMesh({ address, apiToken: "api-token", log, ...o })) };
}

async function failure(call: Promise<unknown>): Promise<ConnectError> {
  const error = await call.then(
    () => new Error("the call succeeded"),
    (reason) => reason,
  );
  if (!(error instanceof ConnectError)) throw error;
  return error;
}

async function drain(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages);
}

describe("a call through the sidecar", () => {
  it("names the app, carries the sidecar's token, and marks streams alone", async () => {
    const { echo, seen } = await start();
    const headers = { "dapr-app-id": "audit", "dapr-api-token": "mine", "todo-assertion": "a.b.c" };
    await echo.say({}, { headers });
    await drain(echo.repeat({}, { headers }));
    await echo.join(none(), { headers });
    await drain(echo.talk(none(), { headers }));
    const got = seen.map(({ context: { requestHeader } }) =>
      ["dapr-app-id", "dapr-api-token", "todo-assertion", "dapr-stream"].map((name) =>
        requestHeader.get(name),
      ),
    );
    expect(got).toEqual([
      ["task", "api-token", "a.b.c", null],
      ["task", "api-token", "a.b.c", "true"],
      ["task", "api-token", "a.b.c", "true"],
      ["task", "api-token", "a.b.c", "true"],
    ]);
  });

  it("always has a deadline: the caller's, or 10 s, or 15 min for a stream [R097]", async () => {
    const { echo, seen } = await start();
    await echo.say({});
    await echo.say({}, { timeoutMs: 20_000 });
    await drain(echo.repeat({}));
    const [unary = 0, callers = 0, stream = 0] = seen.map(({ left }) => left);
    expect(unary).toBeGreaterThan(5_000);
    expect(unary).toBeLessThanOrEqual(10_000);
    expect(callers).toBeGreaterThan(15_000);
    expect(stream).toBeGreaterThan(800_000);
    expect(stream).toBeLessThanOrEqual(900_000);
  });

  it("goes on with the request's id and trace, and the callee's span hangs under the caller's [R105]", async () => {
    const { echo, seen } = await start();
    await withRequest({ requestId: "request-1" }, () => span("work", {}, () => echo.say({})));
    const byKind = (kind: SpanKind) => spans.spans().find((one) => one.kind === kind);
    const [client, server] = [byKind(SpanKind.CLIENT), byKind(SpanKind.SERVER)];
    expect(client?.parentSpanContext?.spanId).toBe(byKind(SpanKind.INTERNAL)?.spanContext().spanId);
    expect(server?.parentSpanContext?.spanId).toBe(client?.spanContext().spanId);
    expect(seen[0]?.traceparent).toBe(
      `00-${client?.spanContext().traceId}-${server?.spanContext().spanId}-01`,
    );
    expect(seen[0]?.context.requestHeader.get("x-request-id")).toBe("request-1");
    await withRequest({ requestId: "request-1" }, () =>
      echo.say({}, { headers: { "x-request-id": "request-2" } }),
    );
    expect(seen[1]?.context.requestHeader.get("x-request-id")).toBe("request-2");
  });

  it("that arrives with two traceparents belongs to the last, which the sidecar appended [R105]", async () => {
    const { server } = await start();
    const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure(), {
      "grpc.enable_http_proxy": 0,
    });
    onTestFinished(() => client.close());
    const metadata = new Metadata();
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    metadata.add("traceparent", `00-${traceId}-00f067aa0ba902b7-01`);
    metadata.add("traceparent", `00-${traceId}-b7ad6b7169203331-01`);
    const same = (bytes: Buffer) => bytes;
    await new Promise((resolve) =>
      client.makeUnaryRequest(
        "/kit.test.v1.EchoService/Say",
        same,
        same,
        Buffer.alloc(0),
        metadata,
        {},
        resolve,
      ),
    );
    expect(spans.spans()[0]?.parentSpanContext).toMatchObject({ traceId, spanId: "b7ad6b7169203331" });
  });

  it("is counted and timed on both sides, by method and code [R107]", async () => {
    const { echo } = await start();
    await echo.say({});
    await failure(echo.say({ text: "not found" }));
    const text = await renderMetrics();
    const labels = 'rpc_service="kit.test.v1.EchoService",rpc_method="Say"';
    expect(text).toMatch(new RegExp(`rpc_server_calls_total\\{[^}]*${labels},rpc_grpc_status="OK"\\} [1-9]`));
    expect(text).toMatch(
      new RegExp(`rpc_server_calls_total\\{[^}]*${labels},rpc_grpc_status="NOT_FOUND"\\} [1-9]`),
    );
    expect(text).toMatch(
      new RegExp(`rpc_server_duration_seconds_bucket\\{[^}]*${labels}[^}]*le="0.25"\\} [1-9]`),
    );
    expect(text).toMatch(
      new RegExp(`rpc_client_duration_seconds_count\\{[^}]*${labels},peer_service="task"[^}]*\\} [1-9]`),
    );
    expect(text).toMatch(new RegExp(`rpc_server_active\\{[^}]*${labels}\\} 0`));
  });

  it("does not leave when the caller has given up before, and lets go when it is given up", async () => {
    const { echo, seen } = await start();
    const signal = AbortSignal.abort();
    expect((await failure(echo.say({}, { signal }))).code).toBe(Code.Canceled);
    expect((await failure(drain(echo.repeat({}, { signal })))).code).toBe(Code.Canceled);
    expect(seen).toHaveLength(0);
  });

  it("is given up when the caller's own messages fail, and says why", async () => {
    const { echo } = await start();
    const broken = (async function* () {
      yield { text: "a" };
      throw new RangeError("the caller's own");
    })();
    await expect(echo.join(broken)).rejects.toThrow("the caller's own");
  });
});

describe("a mesh that was closed", () => {
  it("says so", async () => {
    const { mesh, echo } = await start();
    await echo.say({});
    await mesh[Symbol.asyncDispose]();
    expect(reasonOf(await failure(echo.say({})))).toBe("SHUTTING_DOWN");
    expect(reasonOf(await failure(drain(echo.repeat({}))))).toBe("SHUTTING_DOWN");
  });
});

describe("a call whose caller's own deadline passed", () => {
  it("says that, and not that it was cancelled [R097]", async () => {
    const { echo } = await start();
    const late = AbortSignal.abort(domainError(ErrorReason.DEADLINE_PASSED, "deadline passed"));
    for (const error of [
      await failure(echo.say({}, { signal: late })),
      await failure(drain(echo.repeat({}, { signal: late }))),
      await failure(echo.say({}, { signal: AbortSignal.abort(new DOMException("late", "TimeoutError")) })),
    ]) {
      expect(error.code).toBe(Code.DeadlineExceeded);
      expect(reasonOf(error)).toBe("DEADLINE_PASSED");
    }
  });
});

describe("an app that is away [R097]", () => {
  it("is UNAVAILABLE with the reason and RetryInfo; after some failures without a try", async () => {
    const port = await freePort();
    const { echo } = through(() =>
      directMesh({
        addresses: { task: `127.0.0.1:${port}` },
        appApiTokens: {},
        log,
        breaker: { failures: 3, openMs: 2_000 },
      }),
    );
    for (let call = 0; call < 3; call++) {
      const error = await failure(echo.say({}));
      expect(error.code).toBe(Code.Unavailable);
      expect(reasonOf(error)).toBe("DEPENDENCY_UNAVAILABLE");
    }
    spans.reset();
    const refused = await failure(echo.say({}));
    expect(spans.spans(), "calls that left").toHaveLength(0);
    expect(reasonOf(refused)).toBe("DEPENDENCY_UNAVAILABLE");
    expect(refused.findDetails(RetryInfoSchema)).toMatchObject([{ retryDelay: { seconds: 2n, nanos: 0 } }]);
    expect((await failure(drain(echo.repeat({})))).code).toBe(Code.Unavailable);

    const { server } = await startApp({ port });
    onTestFinished(() => server[Symbol.asyncDispose]());
    expect(await eventually(() => echo.say({ text: "back" }))).toMatchObject({ text: "back" });
    await drain(echo.repeat({}));
  });

  it("does not count as away for saying no", async () => {
    const { echo } = await start({ breaker: { failures: 2 } });
    for (let call = 0; call < 5; call++) {
      expect(reasonOf(await failure(echo.say({ text: "not found" })))).toBe("TASK_NOT_FOUND");
    }
    expect(await echo.say({ text: "still here" })).toMatchObject({ text: "still here" });
  });

  it("for the calls of one bulkhead stays there for those of another one", async () => {
    const { mesh, echo, server } = await start({ breaker: { failures: 2, openMs: 60_000 } });
    const apart = createClient(EchoService, mesh.transport("task", "apart"));
    expect(mesh.transport("task", "apart")).toBe(mesh.transport("task", "apart"));
    await echo.say({ text: "there" });
    await server[Symbol.asyncDispose]();
    for (let call = 0; call < 2; call++) await failure(apart.say({}));
    spans.reset();
    await failure(apart.say({}));
    expect(spans.spans(), "calls of the one that left").toHaveLength(0);
    await failure(echo.say({}));
    expect(spans.spans(), "calls of the other one that left").toHaveLength(1);
  });

  it("is named if it has no address", async () => {
    const { mesh } = through(() => directMesh({ addresses: {}, appApiTokens: {}, log }));
    const error = await failure(createClient(TaskService, mesh.transport("audit")).getTask({}));
    expect(error).toMatchObject({ code: Code.Unavailable, rawMessage: "audit is not available" });
  });
});

describe("a connection that goes away under a call", () => {
  const task = { id: "0190a1b2-0000-7000-8000-000000000001" };

  /** A server that drops the connection under its first calls and answers the later ones. */
  async function flaky(drops: number) {
    const calls: string[] = [];
    const sidecar = await rawServer((stream, path) => {
      calls.push(path);
      if (calls.length <= drops) return stream.session?.destroy();
      answer(stream, toBinary(GetTaskResponseSchema, create(GetTaskResponseSchema, { task })));
    });
    const { tasks } = through(() => sidecarMesh({ address: sidecar.address, apiToken: "t", log }));
    return { calls, tasks };
  }

  it("is forgiven once to a call that reads", async () => {
    const { calls, tasks } = await flaky(1);
    expect(await tasks.getTask(task)).toMatchObject({ task });
    expect(calls).toHaveLength(2);
  });

  it("is forgiven once to a write that carries a request_id", async () => {
    const { calls, tasks } = await flaky(1);
    await tasks.createTask({ title: "x", requestId: "request-1" });
    expect(calls).toHaveLength(2);
  });

  it("is not forgiven to a write that a repetition might double", async () => {
    const { calls, tasks } = await flaky(1);
    const error = await failure(tasks.createTask({ title: "x" }));
    expect(reasonOf(error)).toBe("DEPENDENCY_UNAVAILABLE");
    expect(calls).toHaveLength(1);
  });

  it("is not forgiven twice", async () => {
    const { calls, tasks } = await flaky(9);
    expect((await failure(tasks.getTask(task))).code).toBe(Code.Unavailable);
    expect(calls).toHaveLength(2);
  });
});

describe("what a sidecar says by itself", () => {
  it.each([
    [2, "circuit breaker is open", Code.Unavailable, "DEPENDENCY_UNAVAILABLE"],
    [2, "no host found with the given ID", Code.Unavailable, "DEPENDENCY_UNAVAILABLE"],
    [2, "failed to look up address: sql: database is closed", Code.Unavailable, "DEPENDENCY_UNAVAILABLE"],
    [14, "failed to resolve address", Code.Unavailable, "DEPENDENCY_UNAVAILABLE"],
    [1, "context canceled", Code.Unavailable, "DEPENDENCY_UNAVAILABLE"],
    [4, "timeout exceeded", Code.DeadlineExceeded, "DEADLINE_PASSED"],
    [12, "unknown method", Code.Unimplemented, "METHOD_UNKNOWN"],
    [8, "grpc: received message larger than max", Code.ResourceExhausted, "REQUEST_TOO_LARGE"],
    [7, "access denied by policy", Code.PermissionDenied, undefined],
    [2, "something else", Code.Unknown, undefined],
    [99, "no such code", Code.Unknown, undefined],
  ])("status %i, %s, gets its reason", async (status, text, code, reason) => {
    const sidecar = await rawServer((stream) =>
      stream.respond(
        { ":status": 200, "content-type": "application/grpc", "grpc-status": status, "grpc-message": text },
        { endStream: true },
      ),
    );
    const { tasks } = through(() => sidecarMesh({ address: sidecar.address, apiToken: "t", log }));
    const error = await failure(tasks.createTask({ title: "x" }));
    expect(error.code).toBe(code);
    expect(reasonOf(error)).toBe(reason);
    if (reason !== undefined) expect(error.rawMessage).not.toContain(text);
  });
});

describe("the connections to a sidecar", () => {
  it("are as many as asked for, and used in turn", async () => {
    const sessions = new Map<unknown, number>();
    const sidecar = await rawServer((stream) => {
      sessions.set(stream.session, (sessions.get(stream.session) ?? 0) + 1);
      answer(stream, toBinary(GetTaskResponseSchema, create(GetTaskResponseSchema, { task: {} })));
    });
    const { tasks } = through(() =>
      sidecarMesh({ address: sidecar.address, apiToken: "t", log, channels: 3 }),
    );
    for (let call = 0; call < 9; call++) await tasks.getTask({});
    expect([...sessions.values()]).toEqual([3, 3, 3]);
  });
});

/** A server that speaks just enough gRPC to misbehave. */
async function rawServer(handle: (stream: ServerHttp2Stream, path: string) => void) {
  const server: Http2Server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session.on("error", () => undefined)));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    stream.resume();
    handle(stream, String(headers[":path"]));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function answer(stream: ServerHttp2Stream, message: Uint8Array): void {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": 0 }));
  stream.end(frame);
}

async function freePort(): Promise<number> {
  const { server } = await startApp();
  await server[Symbol.asyncDispose]();
  return server.port;
}

/** Tries again until it succeeds, at most for 10 s. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const until = Date.now() + 10_000;
  while (true) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw error;
      await delay(20);
    }
  }
}
