import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { frameTypes, rawHttp2 } from "@todo/kit/testing/raw-http2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultHosts } from "#src/hosts.ts";
import { type Fixture, startFixture, until } from "./harness.ts";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    config: { allowedHosts: [...defaultHosts("todo.test"), "*.apps.test"] },
  });
});
afterAll(() => fixture[Symbol.asyncDispose]());

const method = "/todo.task.v1.TaskService/ListTasks";

/** The status line that a request with these lines is answered with. */
async function overHttp1(...lines: string[]): Promise<string> {
  const socket = connect(fixture.gateway.port, "127.0.0.1");
  socket.write([`GET ${method} HTTP/1.1`, ...lines, "connection: close", "", ""].join("\r\n"));
  const [answer] = await once(socket, "data");
  socket.destroy();
  return String(answer).split("\r\n", 1)[0] ?? "";
}

async function overHttp2(headers: Record<string, string>): Promise<number> {
  const session = connectHttp2(fixture.url);
  const stream = session.request({ ":path": "/health/live", ...headers });
  const [answer] = await once(stream.resume(), "response");
  session.destroy();
  return answer[":status"];
}

describe("a request for another host", () => {
  it.each(["evil.test", "evil.test:8080", "todo.test.evil.test", "apps.test", "10.0.0.1", "[::2]"])(
    "such as %s is not answered",
    async (host) => {
      expect(await overHttp1(`host: ${host}`)).toMatch(/^HTTP\/1.1 421 /);
      expect(await overHttp2({ ":authority": host })).toBe(421);
    },
  );

  it.each([
    "todo.test",
    "TODO.test:1",
    "todo.test.",
    "localhost:8080",
    "127.0.0.1",
    "[::1]:80",
    "a.apps.test",
  ])("is none if it is one of ours, such as %s", async (host) => {
    expect(await overHttp1(`host: ${host}`)).toMatch(/^HTTP\/1.1 (?!421|400)/);
    expect(await overHttp2({ ":authority": host })).toBe(200);
  });
});

describe("a request that names its host twice", () => {
  it("is refused, whether the names differ or not", async () => {
    expect(await overHttp1("host: todo.test", "host: evil.test")).toMatch(/^HTTP\/1.1 400 /);
    expect(await overHttp1("host: todo.test", "Host: todo.test")).toMatch(/^HTTP\/1.1 400 /);
    expect(await overHttp1("host: todo.test, evil.test")).toMatch(/^HTTP\/1.1 400 /);
  });

  it("in a host and another authority is refused, and in the same one is not", async () => {
    expect(await overHttp2({ ":authority": "todo.test", host: "evil.test" })).toBe(400);
    expect(await overHttp2({ ":authority": "todo.test", host: "todo.test" })).toBe(200);
  });

  it("by two hosts is refused over HTTP/2 too", async () => {
    const raw = await rawHttp2({ port: fixture.gateway.port });
    raw.request(1, {
      ":method": "GET",
      ":path": "/health/live",
      ":scheme": "http",
      host: "todo.test",
      Host: "evil.test",
    });
    await until(() => raw.frames.some(({ type }) => type === frameTypes.reset || type === frameTypes.goaway));
    raw.destroy();
  });

  it("with more than a host in it is refused", async () => {
    for (const host of ["todo.test/path", "user@todo.test", "todo.test?a", "todo.test\\@evil.test"]) {
      expect(await overHttp1(`host: ${host}`), host).toMatch(/^HTTP\/1.1 400 /);
    }
  });
});
