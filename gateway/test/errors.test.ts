import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:http2";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { detail, domainError, ErrorReason, reasonOf } from "@todo/kit/errors";
import { mount, serveGrpc } from "@todo/kit/grpc/server";
import { createLogger } from "@todo/kit/log";
import { DebugInfoSchema, RetryInfoSchema } from "@todo/proto/google/rpc/error_details";
import { TaskSchema } from "@todo/proto/todo/task/v1/task";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bearer, type Fixture, post, reasonIn, startFixture, until } from "./harness.ts";

let fixture: Fixture;
let auth: Record<string, string>;

beforeAll(async () => {
  fixture = await startFixture();
  auth = bearer(await fixture.identity.token());
});
afterAll(() => fixture[Symbol.asyncDispose]());

const get = (headers: Record<string, string> = {}) =>
  post(fixture.url, "GetTask", { id: randomUUID() }, { ...auth, ...headers });

describe("an error of a service", () => {
  it("passes with code, text, metadata and details, in every protocol", async () => {
    fixture.task.updateTask = ({ id }) => {
      throw domainError(ErrorReason.TASK_CHANGED, "title changed since the etag", {
        metadata: { fields: "title", etag: "v9" },
        details: [
          detail(TaskSchema, { id, title: "newer" }),
          detail(DebugInfoSchema, { detail: "at file.ts:1" }),
        ],
      });
    };
    for (const transport of [
      createGrpcTransport({ baseUrl: fixture.url }),
      createConnectTransport({ baseUrl: fixture.url, httpVersion: "1.1" }),
    ]) {
      const id = randomUUID();
      const error = await createClient(TaskService, transport)
        .updateTask({ id, title: "x", updateMask: { paths: ["title"] } }, { headers: auth })
        .then(() => undefined, ConnectError.from);
      expect(error).toMatchObject({ code: Code.Aborted, rawMessage: "title changed since the etag" });
      expect(reasonOf(error as ConnectError)).toBe("TASK_CHANGED");
      expect(error?.findDetails(TaskSchema)).toMatchObject([{ id, title: "newer" }]);
      expect(error?.findDetails(DebugInfoSchema)).toEqual([]);
    }
  });

  it.each<[ErrorReason, number]>([
    [ErrorReason.TASK_NOT_FOUND, 404],
    [ErrorReason.TASK_DELETED, 400],
    [ErrorReason.CURSOR_INVALID, 400],
    [ErrorReason.REQUEST_IN_FLIGHT, 409],
  ])("with reason %s is HTTP %s", async (reason, status) => {
    fixture.task.getTask = () => {
      throw domainError(reason, "what the service says");
    };
    const answer = await get();
    expect([answer.status, answer.body.message]).toEqual([status, "what the service says"]);
  });

  it("that may go away by itself says when to come back", async () => {
    fixture.task.getTask = () => {
      throw domainError(ErrorReason.OUTBOX_FULL, "too many undelivered events", { retryAfterMs: 7000 });
    };
    const { status, headers, body } = await get();
    expect([status, headers.get("retry-after")]).toEqual([429, "7"]);
    expect(body.details?.map(({ type }) => type)).toContain("google.rpc.RetryInfo");
  });
});

describe("what nobody foresaw", () => {
  const secret = 'duplicate key value violates unique constraint "users_pkey" at /srv/app/db.ts:12 10.0.0.7';

  it("is INTERNAL with the request id, and nothing else", async () => {
    fixture.task.getTask = () => {
      throw new Error(secret);
    };
    const { status, body } = await get({ "x-request-id": "look-me-up-1" });
    expect(body).toEqual({ code: "internal", message: "internal error", details: expect.anything() });
    expect(status).toBe(500);
    expect(reasonIn(body)).toBe("INTERNAL");
    expect(Buffer.from(body.details?.[0]?.value ?? "", "base64").toString()).toContain("look-me-up-1");
  });

  /** An upstream whose errors come from elsewhere than a service of ours. */
  const elsewhere = async (error: ConnectError) => {
    const log = createLogger({ service: "fake", destination: { write: () => undefined } });
    const stack = new AsyncDisposableStack();
    const throwing = new Proxy({}, { get: () => () => Promise.reject(error) }) as never;
    const { signal } = new AbortController();
    const server = stack.use(
      await serveGrpc({
        port: 0,
        mounts: [mount(TaskService, throwing)],
        interceptors: [relaying(error)],
        shutdown: signal,
        log,
      }),
    );
    const other = stack.use(await startFixture({ addresses: { task: `127.0.0.1:${server.port}` } }));
    const headers = bearer(await other.identity.token());
    const answer = await post(other.url, "GetTask", { id: randomUUID() }, headers);
    const logged = other.logged();
    await stack.disposeAsync();
    return { ...answer, logged };
  };
  const relaying = (error: ConnectError) => () => () => Promise.reject(error);
  const spiffe =
    "access control policy has denied access to id: spiffe://public/ns/default/gateway operation: todo.task.v1.TaskService/GetTask verb: POST";

  it.each<[string, ConnectError]>([
    ["a sidecar's refusal", new ConnectError(spiffe, Code.PermissionDenied)],
    ["an unknown error", new ConnectError(secret, Code.Unknown)],
    ["an internal error", new ConnectError(secret, Code.Internal)],
    ["lost data", new ConnectError(secret, Code.DataLoss)],
    ["a missing method", new ConnectError(secret, Code.Unimplemented)],
    ["a refusal of our own call", new ConnectError(secret, Code.Unauthenticated)],
    ["a limit of the mesh", new ConnectError(secret, Code.ResourceExhausted)],
    ["an error without a reason", new ConnectError(secret, Code.NotFound)],
  ])("such as %s is masked and logged", async (_what, error) => {
    const { status, body, logged } = await elsewhere(error);
    expect([status, reasonIn(body), body.message]).toEqual([500, "INTERNAL", "internal error"]);
    expect(JSON.stringify(body)).not.toMatch(/spiffe|duplicate|10\.0\.0\.7|todo\.task/);
    expect(logged).toContain('"an error was masked"');
  });

  it("such as a peer that is away is UNAVAILABLE, without its address", async () => {
    const other = await startFixture({ addresses: { task: "127.0.0.1:1" } });
    const headers = bearer(await other.identity.token());
    const answer = await post(other.url, "GetTask", { id: randomUUID() }, headers);
    await other[Symbol.asyncDispose]();
    expect([answer.status, reasonIn(answer.body)]).toEqual([503, "DEPENDENCY_UNAVAILABLE"]);
    expect(answer.body.message).toBe("task is not available");
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(JSON.stringify(answer.body)).not.toContain("127.0.0.1");
  });

  it("such as a proof of ours that does not hold is masked, since the caller has no part in it", async () => {
    fixture.task.getTask = () => {
      throw domainError(ErrorReason.ASSERTION_INVALID, "assertion is not valid");
    };
    expect(reasonIn((await get()).body)).toBe("INTERNAL");
  });
});

describe("a deadline that passes", () => {
  it("is DEADLINE_EXCEEDED, without the words of the network [R097]", async () => {
    const seen: unknown[] = [];
    fixture.task.getTask = async (_request, { signal }) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      seen.push("stopped");
      throw signal.reason;
    };
    // On a busy machine some are over before they reach the service.
    await until(async () => {
      const { status, body } = await get({ "connect-timeout-ms": "200" });
      expect([status, body.code, reasonIn(body)]).toEqual([504, "deadline_exceeded", "DEADLINE_PASSED"]);
      expect(body.message).toBe("deadline passed");
      return seen.length > 0;
    });
  });
});

describe("a deadline that leaves no time", () => {
  it.each([
    ["Connect", { "connect-timeout-ms": "0" }],
    ["Connect, with less than the way back takes", { "connect-timeout-ms": "10" }],
  ])("is passed, and no service is asked, over %s", async (_what, headers) => {
    let asked = 0;
    fixture.task.getTask = () => {
      asked += 1;
      return {};
    };
    const { status, body } = await get(headers);
    expect([status, body.code, reasonIn(body)]).toEqual([504, "deadline_exceeded", "DEADLINE_PASSED"]);
    expect(asked).toBe(0);
  });

  it.each(["application/grpc+json", "application/grpc-web+json"])("is passed too over %s", async (type) => {
    const session = connect(fixture.url);
    const headers = { ":method": "POST", ":path": "/todo.task.v1.TaskService/GetTask", te: "trailers" };
    const stream = session.request({ ...headers, ...auth, "content-type": type, "grpc-timeout": "0m" });
    const trailers = once(stream, type.includes("web") ? "data" : "trailers");
    stream.end(Buffer.from([0, 0, 0, 0, 2, 0x7b, 0x7d]));
    const [answer] = await trailers;
    expect(Buffer.isBuffer(answer) ? String(answer) : `grpc-status: ${answer["grpc-status"]}`).toMatch(
      /grpc-status: ?4/,
    );
    session.destroy();
  });
});

it("has a RetryInfo that gRPC clients read as well", async () => {
  fixture.task.getTask = () => {
    throw domainError(ErrorReason.SHUTTING_DOWN, "shutting down", { retryAfterMs: 2000 });
  };
  const client = createClient(TaskService, createGrpcTransport({ baseUrl: fixture.url }));
  const error = await client
    .getTask({ id: randomUUID() }, { headers: auth })
    .then(() => undefined, ConnectError.from);
  expect(error?.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds).toBe(2n);
});
