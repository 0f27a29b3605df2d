import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { frameTypes, rawHttp2 } from "@todo/kit/testing/raw-http2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bearer, type Fixture, startFixture, until } from "./harness.ts";

let stack: AsyncDisposableStack;
let fixture: Fixture;
let session: ClientHttp2Session;
let headers: Record<string, string>;
/** How many calls the services have that they do not answer. */
let waiting: number;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  fixture = stack.use(await startFixture());
  session = connect(fixture.url);
  stack.defer(() => session.destroy());
  headers = bearer(await fixture.identity.token());
  waiting = 0;
  const wait = async (signal: AbortSignal) => {
    waiting += 1;
    if (!signal.aborted) await once(signal, "abort");
    waiting -= 1;
    return {};
  };
  fixture.task.getTask = (_, { signal }) => wait(signal);
  fixture.identity.answer = async (_, signal) => ({ ...(await wait(signal)), status: 200 });
});
afterEach(() => stack.disposeAsync());

const getTask = "/todo.task.v1.TaskService/GetTask";
const signIn = "/api/auth/sign-in/email";
const json = { "content-type": "application/json" };
const grpc = { "content-type": "application/grpc+json", te: "trailers" };

function send(path: string, more: Record<string, string>, body?: Buffer | string): ClientHttp2Stream {
  const stream = session.request({ ":method": "POST", ":path": path, ...headers, ...more });
  stream.on("error", () => undefined).resume();
  if (body !== undefined) stream.end(body);
  return stream;
}

function framed(text: string): Buffer {
  const frame = Buffer.alloc(5 + text.length, text);
  frame.writeUInt8(0, 0);
  frame.writeUInt32BE(text.length, 1);
  frame.write(text, 5);
  return frame;
}

const errors = () => fixture.logged().match(/.*"level":"(warn|error|critical)".*/g) ?? [];
const records = () => fixture.logged().match(/"reason":"CANCELLED".*"message":"request"/g)?.length ?? 0;

describe("a stream that its caller resets", () => {
  const message = JSON.stringify({ id: randomUUID() });
  const codes = [constants.NGHTTP2_CANCEL, constants.NGHTTP2_NO_ERROR, constants.NGHTTP2_INTERNAL_ERROR];

  it.each([
    ["a call", getTask, json, message],
    ["a call of gRPC", getTask, grpc, framed(message)],
    ["a sign-in", signIn, json, "{}"],
  ])("while %s is at work is no error, and ends the work", async (_what, path, more, body) => {
    for (const code of codes) {
      const stream = send(path, more, body);
      await until(() => waiting === 1);
      stream.close(code);
      await until(() => waiting === 0);
    }
    await until(() => records() >= codes.length);
    expect(errors()).toEqual([]);
  });

  it.each([
    ["a call", getTask, json],
    ["a call of gRPC", getTask, grpc],
    ["a sign-in", signIn, json],
    ["the reflection", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", grpc],
  ])("while %s is not all is no error", async (_what, path, more) => {
    const raw = await rawHttp2({ port: fixture.gateway.port });
    stack.defer(() => raw.destroy());
    for (const [n, code] of codes.entries()) {
      const stream = 2 * n + 1;
      raw.request(stream, { ...pseudo(path), ...headers, ...more }, { endStream: false });
      raw.send(frameTypes.data, 0, stream, Buffer.from("{"));
      raw.reset(stream, code);
    }
    await until(() => records() >= codes.length);
    expect(errors()).toEqual([]);
  });

  it("at once is no error, and neither is a connection that breaks", async () => {
    for (const [n, path] of [getTask, signIn].entries()) {
      for (const code of codes) send(path, json, message).close(code);
      send(path, json);
      const raw = await rawHttp2({ port: fixture.gateway.port });
      raw.request(1, { ...pseudo(path), ...headers, ...json }, { endStream: n === 0 });
      raw.destroy();
    }
    await new Promise((resolve) => session.ping(resolve));
    session.destroy();
    await until(async () => (await fetch(`${fixture.url}/health/live`)).ok);
    await until(() => waiting === 0);
    expect(errors()).toEqual([]);
  });
});

function pseudo(path: string): Record<string, string> {
  return { ":method": "POST", ":path": path, ":scheme": "http", ":authority": "todo.test" };
}
