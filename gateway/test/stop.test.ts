import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Agent } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { createClient, type HandlerContext } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { mount, serveGrpc } from "@todo/kit/grpc/server";
import { createLogger } from "@todo/kit/log";
import { testKeys } from "@todo/kit/testing/keys";
import { AuthService } from "@todo/proto/todo/identity/v1/auth_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createFakeIdentity } from "./fake-identity.ts";
import { bearer, publicUrl, refuses, until } from "./harness.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const telemetry = fileURLToPath(import.meta.resolve("@todo/kit/telemetry"));

let stack: AsyncDisposableStack;
let url: string;
let child: ChildProcess;
let headers: Record<string, string>;
/** The ids of the tasks that the service was asked for. */
let reached: Set<string>;
/** What the service waits for before it answers. */
let answer: (id: string) => Promise<void>;

beforeEach(() => {
  stack = new AsyncDisposableStack();
  reached = new Set();
  answer = async () => undefined;
});
afterEach(() => stack.disposeAsync());

/** The real process, before services that stand where its sidecar would. */
async function start(env: Record<string, string> = {}): Promise<void> {
  const identity = await createFakeIdentity(publicUrl, () => new Date());
  const delegates = TaskService.methods.map(({ localName }) => [localName, () => ({})]);
  const tasks = {
    ...Object.fromEntries(delegates),
    async getTask({ id }: { id: string }, _: HandlerContext) {
      reached.add(id);
      await answer(id);
      return { task: { id } };
    },
  };
  const server = stack.use(
    await serveGrpc({
      port: 0,
      mounts: [mount(TaskService, tasks as never), mount(AuthService, identity.impl)],
      interceptors: [],
      shutdown: new AbortController().signal,
      graceMs: 0,
      log: createLogger({ service: "fake", destination: { write: () => undefined } }),
    }),
  );
  child = spawn(process.execPath, ["--import", telemetry, main], {
    env: {
      PORT: "0",
      ADMIN_PORT: "0",
      PUBLIC_URL: publicUrl,
      DAPR_GRPC_PORT: String(server.port),
      DAPR_HTTP_PORT: "1",
      DAPR_API_TOKEN: "token",
      SIGNING_KEY: testKeys().signingKey("gateway"),
      RATE_ADDRESS: "1000000",
      RATE_USER: "1000000",
      MAX_CALLS_PER_USER: "1000",
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  stack.defer(() => void child.kill("SIGKILL"));
  url = await new Promise<string>((resolve) => {
    let output = "";
    child.stdout?.on("data", (chunk) => {
      output += String(chunk);
      const found = /"url":"([^"]+)"/.exec(output)?.[1];
      if (found) resolve(found);
    });
  });
  headers = bearer(await identity.token());
}

/** Asks for a task, over connections that are kept; answers with the id of what came back. */
type Ask = (id: string) => Promise<string>;

/** Three forms of a call, each as its own client would make it. */
function clients(): Ask[] {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  stack.defer(() => agent.destroy());
  const http1 = createConnectTransport({ baseUrl: url, httpVersion: "1.1", nodeOptions: { agent } });
  const http2 = createConnectTransport({ baseUrl: url, httpVersion: "2" });
  const grpc = createGrpcTransport({ baseUrl: url });
  return [http1, http2, grpc].map((transport) => {
    const client = createClient(TaskService, transport);
    return async (id) => (await client.getTask({ id }, { headers, timeoutMs: 20_000 })).task?.id ?? "";
  });
}

it("lets every call that is at work end with its answer, over every protocol [R096]", async () => {
  await start();
  const released = Promise.withResolvers<void>();
  answer = () => released.promise;
  const ids = Array.from({ length: 30 }, () => randomUUID());
  const asks = clients();
  const calls = ids.map((id, n) => asks[n % asks.length]?.(id));
  await until(() => reached.size === ids.length);
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await until(() => refuses(url));
  released.resolve();
  expect(await Promise.all(calls)).toEqual(ids);
  expect(await exited).toEqual([0, null]);
});

it("cuts no call that it took, however busy it is when the stop comes [R096]", async () => {
  await start();
  answer = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
  const answered = new Set<string>();
  const failed: string[] = [];
  let stopped = false;
  const callers = clients().flatMap((ask) =>
    Array.from({ length: 8 }, async () => {
      while (!stopped) {
        const id = randomUUID();
        const got = await ask(id).catch((error: unknown) => {
          failed.push(id);
          return error;
        });
        if (got === id) answered.add(id);
      }
    }),
  );
  await until(() => answered.size > 200);
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
  stopped = true;
  await Promise.all(callers);
  expect([...reached].filter((id) => !answered.has(id))).toEqual([]);
  expect(failed.filter((id) => reached.has(id))).toEqual([]);
});

it("answers a request that was on its way when the stop came, on a connection that was quiet [R096]", async () => {
  // Longer than any machine takes to come to the next line.
  await start({ SHUTDOWN_LINGER_MS: "9000" });
  const { port } = new URL(url);
  const silent = connect(Number(port), "127.0.0.1");
  const kept = connect(Number(port), "127.0.0.1");
  await Promise.all([once(silent, "connect"), askOnce(kept)]);
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await until(() => refuses(url));
  for (const socket of [silent, kept]) {
    const answer = await askOnce(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(answer.toLowerCase()).toContain("connection: close");
  }
  expect(await exited).toEqual([0, null]);
});

it("tells clients of HTTP/2 by a GOAWAY that leaves out no stream that is on its way [R096]", async () => {
  await start();
  const held = Promise.withResolvers<void>();
  answer = () => held.promise;
  const id = randomUUID();
  const [, overHttp2] = clients();
  const call = overHttp2?.(id);
  await until(() => reached.has(id));
  const session = connectHttp2(url);
  await once(session, "remoteSettings");
  const told = once(session, "goaway");
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const [code, last] = await told;
  expect([code, last]).toEqual([0, 2 ** 31 - 1]);
  held.resolve();
  expect(await call).toBe(id);
  session.destroy();
  expect(await exited).toEqual([0, null]);
});

/** What a connection of HTTP/1.1 answers to a request that needs nothing. */
async function askOnce(socket: Socket): Promise<string> {
  socket.write("GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n");
  return String((await once(socket, "data"))[0]);
}
