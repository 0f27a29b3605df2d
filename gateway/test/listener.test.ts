import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { request as requestHttps } from "node:https";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { frameTypes, headerBlock, rawHttp2 } from "@todo/kit/testing/raw-http2";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { afterEach, describe, expect, it } from "vitest";
import { send } from "#src/http.ts";
import { defaultListenerLimits, type Listener, type ListenerLimits, listen } from "#src/listener.ts";
import { selfSignedCertificate } from "./certificate.ts";
import { bearer, startFixture, until } from "./harness.ts";

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

/** A listener that answers every request with its HTTP version and body length. */
async function open(
  limits: Partial<ListenerLimits> = {},
  isTrusted?: (address: string) => boolean,
): Promise<Listener> {
  const listener = await listen({
    ...(isTrusted && { isTrusted }),
    host: "127.0.0.1",
    port: 0,
    limits: { ...defaultListenerLimits, ...limits },
    handler: (request, response) => {
      let size = 0;
      request.on("data", (chunk: Buffer) => {
        size += chunk.length;
      });
      request.on("end", () => send(request, response, 200, "text/plain", `${request.httpVersion} ${size}`));
    },
  });
  stack.defer(() => listener.stop({ graceMs: 0, lingerMs: 0 }));
  return listener;
}

/** A proxy that passes on what the client sends in pieces of `size` bytes, each in a packet of its own. */
async function dribble(port: number, size: number): Promise<number> {
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host: "127.0.0.1", noDelay: true });
    upstream.pipe(client);
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
    passOn(client, upstream, size).catch(() => upstream.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stack.defer(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function passOn(client: Socket, upstream: Socket, size: number): Promise<void> {
  for await (const chunk of client) {
    for (let at = 0; at < chunk.length; at += size) {
      upstream.write(chunk.subarray(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  upstream.end();
}

/** Waits until a connection is closed. One with bytes that nobody has read yet is reset. */
function closed(connection: Socket | ClientHttp2Session): Promise<void> {
  connection.on("error", () => undefined);
  return new Promise((resolve) => connection.once("close", () => resolve()));
}

async function canCall(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function overHttp2(url: string, body: Buffer, options: object = {}): Promise<string> {
  const session = connectHttp2(url, options);
  const stream = session.request({ ":method": "POST", ":path": "/" });
  stream.end(body);
  let text = "";
  for await (const chunk of stream) text += chunk;
  session.close();
  return text;
}

const pseudo = { ":method": "GET", ":path": "/", ":scheme": "http", ":authority": "todo.test" };

describe("a connection", () => {
  it.each([1, 3, 24, 1000])("keeps every byte when it begins in pieces of %i bytes", async (size) => {
    const port = await dribble((await open()).port, size);
    const url = `http://127.0.0.1:${port}`;
    const body = Buffer.alloc(2000, "x");
    expect(await (await fetch(url, { method: "POST", body })).text()).toBe("1.1 2000");
    expect(await overHttp2(url, body)).toBe("2.0 2000");
  });

  it("that begins like HTTP/2 and goes on otherwise is HTTP/1.1, and refused as such", async () => {
    const socket = connect((await open()).port, "127.0.0.1");
    socket.write("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
    expect(String(await once(socket, "data"))).toMatch(/^HTTP\/1\.1 (400|505)/);
  });

  it("that says nothing is closed", async () => {
    const socket = connect((await open({ firstBytesMs: 50 })).port, "127.0.0.1");
    await closed(socket);
  });

  it("that says too little is closed", async () => {
    const socket = connect((await open({ firstBytesMs: 50 })).port, "127.0.0.1");
    socket.write("PRI * HT");
    await closed(socket);
  });

  it("whose headers do not end is answered 408 and closed", async () => {
    const socket = connect((await open({ headersMs: 100 })).port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: a\r\n");
    expect(String(await once(socket, "data"))).toMatch(/^HTTP\/1\.1 408/);
    await closed(socket);
  });

  it("whose headers are too large is answered 431, over HTTP/2 too", async () => {
    const { port } = await open();
    const large = "x".repeat(20_000);
    const response = await fetch(`http://127.0.0.1:${port}`, { headers: { large } });
    expect(response.status).toBe(431);
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const stream = session.request({ ":path": "/", large });
    const [answer] = await once(stream, "response");
    expect(answer[":status"]).toBe(431);
    session.destroy();
  });

  it("beyond the limit is not taken, and the others go on", async () => {
    const { port } = await open({ connections: 2 });
    const taken = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
    await Promise.all(taken.map((socket) => once(socket, "connect")));
    await closed(connect(port, "127.0.0.1"));
    taken[0]?.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    expect(String(await once(taken[0] as Socket, "data"))).toMatch(/^HTTP\/1\.1 200/);
    for (const socket of taken) socket.destroy();
  });

  it("beyond those of its address is not taken, until another one ends", async () => {
    const { port } = await open({ connectionsPerAddress: 2 });
    const taken = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
    await Promise.all(taken.map((socket) => once(socket, "connect")));
    await closed(connect(port, "127.0.0.1"));
    taken[1]?.destroy();
    await until(() => canCall(port));
    taken[0]?.destroy();
  });

  it("of our own proxy is one of as many as there are", async () => {
    const { port } = await open({ connectionsPerAddress: 1 }, (address) => address === "127.0.0.1");
    const taken = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
    await Promise.all(taken.map((socket) => once(socket, "connect")));
    expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(200);
    for (const socket of taken) socket.destroy();
  });

  it("on which nothing happens is closed, of HTTP/1.1 and of HTTP/2", async () => {
    const { port } = await open({ idleMs: 50 });
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    socket.resume();
    await closed(socket);
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    await closed(session);
  });

  it("whose headers are too many is answered 431, over HTTP/2 too", async () => {
    const { port } = await open({ headerCount: 20 });
    const headers = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`x-${n}`, "y"]));
    expect((await fetch(`http://127.0.0.1:${port}`, { headers })).status).toBe(431);
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const [answer] = await once(session.request({ ":path": "/", ...headers }), "response");
    expect(answer[":status"]).toBe(431);
    session.destroy();
  });

  it("of HTTP/2 whose headers do not end is closed, with other streams on it or not, however slowly they come", async () => {
    const { port } = await open({ headersMs: 100 });
    for (const other of [false, true]) {
      const raw = await rawHttp2({ port });
      stack.defer(() => raw.destroy());
      await until(() => raw.frames.length > 0);
      if (other) raw.request(1, pseudo, { endStream: false });
      raw.request(3, pseudo, { endHeaders: false });
      await until(() => {
        raw.send(frameTypes.continuation, 0, 3, headerBlock({ "x-more": "y" }).subarray(0, 0));
        return raw.closed;
      });
    }
  });

  it("of HTTP/2 on which nothing but pings happens is closed", async () => {
    const { port } = await open({ idleMs: 100 });
    const raw = await rawHttp2({ port });
    stack.defer(() => raw.destroy());
    await until(() => {
      raw.send(frameTypes.ping, 0, 0, Buffer.alloc(8));
      return raw.closed;
    });
  });

  it.each([
    ["pings", frameTypes.ping, Buffer.alloc(8)],
    ["settings", frameTypes.settings, Buffer.alloc(0)],
  ])("of HTTP/2 with more %s than a client has reason for is closed", async (_what, type, payload) => {
    const { port } = await open({ controlBurst: 50, controlRate: 1 });
    const calm = await rawHttp2({ port });
    stack.defer(() => calm.destroy());
    for (let n = 0; n < 40; n++) calm.send(type, 0, 0, payload);
    calm.request(1, pseudo);
    await until(() => calm.frames.some((frame) => frame.type === frameTypes.headers));
    const wild = await rawHttp2({ port });
    stack.defer(() => wild.destroy());
    for (let n = 0; n < 60; n++) wild.send(type, 0, 0, payload);
    await until(() => wild.closed);
    expect(calm.closed).toBe(false);
  });

  it("of HTTP/2 whose streams are reset as fast as they are opened is closed", async () => {
    const { port } = await open({ resetBurst: 20, resetRate: 1 });
    const raw = await rawHttp2({ port });
    stack.defer(() => raw.destroy());
    for (let n = 0; n < 40; n++) {
      raw.request(2 * n + 1, pseudo);
      raw.reset(2 * n + 1);
    }
    await until(() => raw.closed);
    expect(await canCall(port)).toBe(true);
  });

  it("of HTTP/2 whose headers come in ever more pieces is closed", async () => {
    const { port } = await open();
    const raw = await rawHttp2({ port });
    stack.defer(() => raw.destroy());
    await until(() => raw.frames.length > 0);
    raw.request(1, pseudo, { endHeaders: false });
    for (let n = 0; n < 1_000; n++) raw.send(frameTypes.continuation, 0, 1, headerBlock({ [`x-${n}`]: "y" }));
    await until(() => raw.closed);
    expect(await canCall(port)).toBe(true);
  });

  it("of HTTP/2 is told how many streams it may open", async () => {
    const { port } = await open({ streamsPerConnection: 7 });
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const [settings] = await once(session, "remoteSettings");
    expect(settings).toMatchObject({ maxConcurrentStreams: 7, maxHeaderListSize: 16_384 });
    session.destroy();
  });
});

describe("a port that is taken", () => {
  it("is an error at the start", async () => {
    const { port } = await open();
    const second = listen({
      host: "127.0.0.1",
      port,
      limits: defaultListenerLimits,
      handler: () => undefined,
    });
    await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

describe("with a certificate", () => {
  it("the same port speaks HTTP/1.1 and HTTP/2 in every form of a call, and no clear text", async () => {
    const tls = selfSignedCertificate();
    const fixture = stack.use(await startFixture({ config: { tls, publicUrl: "https://todo.test" } }));
    expect(fixture.url).toMatch(/^https:/);
    const headers = bearer(await fixture.identity.token());
    const nodeOptions = { ca: tls.cert };
    for (const transport of [
      createConnectTransport({ baseUrl: fixture.url, httpVersion: "1.1", nodeOptions }),
      createConnectTransport({ baseUrl: fixture.url, httpVersion: "2", nodeOptions }),
      createGrpcTransport({ baseUrl: fixture.url, nodeOptions }),
    ]) {
      await expect(createClient(TaskService, transport).listTasks({}, { headers })).resolves.toBeDefined();
    }
    const sending = requestHttps(fixture.url, { ca: tls.cert });
    sending.end();
    const [response] = await once(sending, "response");
    response.resume();
    expect(response.headers["strict-transport-security"]).toBe("max-age=31536000");
    const clear = connect(fixture.gateway.port, "127.0.0.1");
    clear.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    const answer: Buffer[] = [];
    clear.on("data", (chunk: Buffer) => answer.push(chunk));
    await closed(clear);
    expect(Buffer.concat(answer).toString()).not.toContain("HTTP/1.1");
  });
});

describe("a request that names no usable host", () => {
  it.each([
    "GET / HTTP/1.0\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: [\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: a b:c\r\n\r\n",
  ])("such as %j is answered 400, and harms nobody", async (text) => {
    const fixture = stack.use(await startFixture());
    const socket = connect(fixture.gateway.port, "127.0.0.1");
    socket.write(text.replace("GET /", "POST /todo.task.v1.TaskService/GetTask"));
    expect(String(await once(socket, "data"))).toMatch(/^HTTP\/1\.1 400/);
    socket.destroy();
    expect((await fetch(`${fixture.url}/health/live`)).status).toBe(200);
  });
});
