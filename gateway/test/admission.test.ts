import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { reasonOf } from "@todo/kit/errors";
import { frameTypes, rawHttp2 } from "@todo/kit/testing/raw-http2";
import { RetryInfoSchema } from "@todo/proto/google/rpc/error_details";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cutUntaken } from "#src/body.ts";
import { defaultListenerLimits, listen } from "#src/listener.ts";
import { bearer, type Fixture, post, startFixture, until } from "./harness.ts";

let stack: AsyncDisposableStack;
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

/** A task service whose answers wait until they are let go. */
function holdAnswers(fixture: Fixture) {
  const released = Promise.withResolvers<void>();
  const held = { waiting: 0, release: () => released.resolve() };
  fixture.task.getTask = async (_, { signal }) => {
    held.waiting += 1;
    await Promise.race([released.promise, once(signal, "abort")]);
    held.waiting -= 1;
    return {};
  };
  return held;
}

const clientOf = (fixture: Fixture) =>
  createClient(TaskService, createGrpcTransport({ baseUrl: fixture.url }));

describe("too many calls at once", () => {
  it("are refused with the time to come back, and taken again when others have ended [R097]", async () => {
    const fixture = stack.use(await startFixture({ config: { maxCalls: 2 } }));
    const headers = bearer(await fixture.identity.token());
    const held = holdAnswers(fixture);
    const client = clientOf(fixture);
    const first = [
      client.getTask({ id: randomUUID() }, { headers }),
      client.getTask({ id: randomUUID() }, { headers }),
    ];
    await until(() => held.waiting === 2);
    const refused = await post(fixture.url, "ListTasks", {}, headers);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(refused.body).toMatchObject({ code: "resource_exhausted", message: "too many calls at once" });
    // What else there is has places of its own.
    expect((await fetch(`${fixture.url}/api/auth/jwks`)).status).toBe(200);
    expect((await fetch(`${fixture.url}/health/live`)).status).toBe(200);
    held.release();
    await Promise.all(first);
    await until(async () => (await post(fixture.url, "ListTasks", {}, headers)).status === 200);
  });

  it("of one user are refused, and those of all others taken", async () => {
    const fixture = stack.use(await startFixture({ config: { maxCallsPerUser: 2 } }));
    const [busy, other] = [await fixture.identity.token(), await fixture.identity.token()].map(bearer);
    const held = holdAnswers(fixture);
    const client = clientOf(fixture);
    const call = (headers = busy) => client.getTask({ id: randomUUID() }, { headers: headers ?? {} });
    const first = [call(), call()];
    await until(() => held.waiting === 2);
    const error = ConnectError.from(await call().catch((thrown: unknown) => thrown));
    expect([error.code, reasonOf(error), error.rawMessage]).toEqual([
      Code.ResourceExhausted,
      "RATE_LIMITED",
      "too many calls of this user at once",
    ]);
    expect(error.findDetails(RetryInfoSchema)).toHaveLength(1);
    await expect(client.listTasks({}, { headers: other ?? {} })).resolves.toBeDefined();
    held.release();
    await Promise.all(first);
    await until(async () => (await post(fixture.url, "GetTask", { id: randomUUID() }, busy)).status === 200);
  });

  it("are no more when their callers have gone away", async () => {
    const fixture = stack.use(await startFixture({ config: { maxCallsPerUser: 2 } }));
    const headers = bearer(await fixture.identity.token());
    const held = holdAnswers(fixture);
    const client = clientOf(fixture);
    const gone = new AbortController();
    const call = () => client.getTask({ id: randomUUID() }, { headers, signal: gone.signal });
    const first = [call(), call()];
    await until(() => held.waiting === 2);
    gone.abort();
    await Promise.allSettled(first);
    await until(() => held.waiting === 0);
    await until(async () => (await post(fixture.url, "ListTasks", {}, headers)).status === 200);
  });
});

describe("a place among the calls at work", () => {
  const listTasks = {
    ":method": "POST",
    ":path": "/todo.task.v1.TaskService/ListTasks",
    ":scheme": "http",
    ":authority": "todo.test",
    "content-type": "application/json",
  };

  it("is taken neither by bodies that do not end nor by answers that are not taken", async () => {
    const fixture = stack.use(await startFixture({ config: { maxCalls: 2, maxCallsPerUser: 2 } }));
    const [busy, other] = [await fixture.identity.token(), await fixture.identity.token()].map(bearer);
    for (const body of ["{}", "{"]) {
      const raw = await rawHttp2({ port: fixture.gateway.port, window: 0 });
      stack.defer(() => raw.destroy());
      for (let stream = 1; stream < 20; stream += 2) {
        raw.request(stream, { ...listTasks, ...busy }, { endStream: false });
        raw.send(frameTypes.data, body === "{}" ? 1 : 0, stream, Buffer.from(body));
      }
      const answered = () => raw.frames.some(({ type }) => type === frameTypes.headers);
      await until(answered);
      for (let n = 0; n < 5; n++) expect((await post(fixture.url, "ListTasks", {}, other)).status).toBe(200);
    }
  });

  it("of health is kept for others, however many watches one address has", async () => {
    const fixture = stack.use(await startFixture());
    const raw = await rawHttp2({ port: fixture.gateway.port, localAddress: "127.0.0.2" });
    stack.defer(() => raw.destroy());
    const watch = {
      ...listTasks,
      ":path": "/grpc.health.v1.Health/Watch",
      "content-type": "application/grpc",
    };
    for (let stream = 1; stream < 2 * 100; stream += 2) {
      raw.request(stream, { ...watch, te: "trailers" }, { endStream: false });
      raw.send(frameTypes.data, 1, stream, Buffer.alloc(5));
    }
    await until(() => raw.frames.filter(({ type }) => type === frameTypes.headers).length >= 100);
    const check = await fetch(`${fixture.url}/grpc.health.v1.Health/Check`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect([check.status, (await fetch(`${fixture.url}/ready`)).status]).toEqual([200, 200]);
  });
});

describe("an answer that nobody takes", () => {
  /** More than the buffers of a socket hold. */
  const large = Buffer.alloc(64 * 1_048_576);

  async function open(): Promise<{ port: number; cut: Promise<void> }> {
    const cut = Promise.withResolvers<void>();
    const listener = await listen({
      host: "127.0.0.1",
      port: 0,
      limits: defaultListenerLimits,
      handler: (request, response) => {
        request.resume();
        cutUntaken(response, 50);
        response.once("close", () => cut.resolve());
        response.end(large);
      },
    });
    stack.defer(() => listener.stop({ graceMs: 0, lingerMs: 0 }));
    return { port: listener.port, cut: cut.promise };
  }

  it("is cut over HTTP/1.1", async () => {
    const { port, cut } = await open();
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.pause();
    socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    await cut;
    socket.destroy();
  });

  it("is cut over HTTP/2, and its connection lives", async () => {
    const { port, cut } = await open();
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const stream = session.request({ ":path": "/" });
    stream.on("error", () => undefined).pause();
    await cut;
    expect(session.destroyed).toBe(false);
    session.destroy();
  });
});
