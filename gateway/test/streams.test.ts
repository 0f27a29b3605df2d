import { create, type Message } from "@bufbuild/protobuf";
import { type StringValue, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError, createClient, type HandlerContext, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { domainError, ErrorReason, reasonOf } from "@todo/kit/errors";
import { mount, serveGrpc } from "@todo/kit/grpc/server";
import { createLogger } from "@todo/kit/log";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exposedRoutes } from "#src/routes.ts";
import { testService } from "#src/testing/contract.ts";
import { bearer, type Fixture, startFixture, until } from "./harness.ts";

const policy = { callers: ["gateway"], issuers: ["gateway"], exposed: true, scope: "tasks:read" };
const desc = testService({ name: "Watch", policy, streamsAnswers: true });

interface Watcher {
  watch(
    request: Message & { value: string },
    options: { headers: Record<string, string>; signal?: AbortSignal; timeoutMs?: number },
  ): AsyncIterable<StringValue>;
}

let stack: AsyncDisposableStack;
let fixture: Fixture;
let headers: Record<string, string>;
/** What the service answers. */
let watch: (request: StringValue, context: HandlerContext) => AsyncIterable<StringValue>;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const log = createLogger({ service: "fake", destination: { write: () => undefined } });
  const impl = { watch: (request: StringValue, context: HandlerContext) => watch(request, context) };
  const { signal } = new AbortController();
  const server = stack.use(
    await serveGrpc({
      port: 0,
      mounts: [mount(desc, impl as never)],
      interceptors: [],
      shutdown: signal,
      graceMs: 0,
      log,
    }),
  );
  const routes = exposedRoutes([{ service: desc, app: "task" }]);
  fixture = stack.use(
    await startFixture({ overrides: { routes }, addresses: { task: `127.0.0.1:${server.port}` } }),
  );
  headers = bearer(await fixture.identity.token());
});
afterEach(() => stack.disposeAsync());

const text = (value: string) => create(StringValueSchema, { value });
const client = (transport: Transport) => createClient(desc, transport) as unknown as Watcher;

describe("a stream of answers", () => {
  const transports: Record<string, () => Transport> = {
    Connect: () => createConnectTransport({ baseUrl: fixture.url, httpVersion: "1.1" }),
    gRPC: () => createGrpcTransport({ baseUrl: fixture.url }),
    "gRPC-Web": () => createGrpcWebTransport({ baseUrl: fixture.url, httpVersion: "1.1" }),
  };

  it.each(Object.keys(transports))("is forwarded one by one as it comes, over %s", async (name) => {
    const next: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()];
    watch = async function* ({ value }) {
      yield text(`${value} 1`);
      await next[0]?.promise;
      yield text(`${value} 2`);
      await next[1]?.promise;
    };
    const seen: string[] = [];
    for await (const { value } of client((transports[name] as () => Transport)()).watch(text("event"), {
      headers,
    })) {
      // The service goes on only when the first answer has arrived here.
      next[seen.length]?.resolve();
      seen.push(value);
    }
    expect(seen).toEqual(["event 1", "event 2"]);
  });

  it.each(Object.keys(transports))("keeps the error it ends with, over %s", async (name) => {
    watch = async function* () {
      yield text("one");
      throw domainError(ErrorReason.CURSOR_INVALID, "cursor is too old", { metadata: { newest: "9" } });
    };
    const seen: string[] = [];
    const read = async () => {
      const answers = client((transports[name] as () => Transport)()).watch(text(""), { headers });
      for await (const { value } of answers) seen.push(value);
    };
    const error = await read().then(() => undefined, ConnectError.from);
    expect(seen).toEqual(["one"]);
    expect(reasonOf(error as ConnectError)).toBe("CURSOR_INVALID");
    expect(error?.rawMessage).toBe("cursor is too old");
  });

  it("has what nobody foresaw in it masked", async () => {
    watch = async function* () {
      yield text("one");
      throw new Error("secret");
    };
    const read = async () => {
      for await (const _ of client(createGrpcTransport({ baseUrl: fixture.url })).watch(text(""), {
        headers,
      }));
    };
    const error = await read().then(() => undefined, ConnectError.from);
    expect([reasonOf(error as ConnectError), error?.rawMessage]).toEqual(["INTERNAL", "internal error"]);
  });

  it("asks for credentials before it opens", async () => {
    const read = async () => {
      for await (const _ of client(createGrpcTransport({ baseUrl: fixture.url })).watch(text(""), {
        headers: {},
      }));
    };
    const error = await read().then(() => undefined, ConnectError.from);
    expect(reasonOf(error as ConnectError)).toBe("CREDENTIALS_MISSING");
  });

  it("is closed at the service when its reader goes away", async () => {
    const seen: string[] = [];
    watch = async function* (_request, { signal }) {
      signal.addEventListener("abort", () => seen.push("closed"));
      yield text("open");
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    };
    const readers = Array.from({ length: 20 }, async () => {
      const gone = new AbortController();
      const transport = createConnectTransport({ baseUrl: fixture.url, httpVersion: "1.1" });
      for await (const _ of client(transport).watch(text(""), { headers, signal: gone.signal })) gone.abort();
    });
    await Promise.allSettled(readers);
    await until(() => seen.length === 20);
  });

  it("ends with SHUTTING_DOWN as soon as the gateway stops, so that its reader goes elsewhere [R096]", async () => {
    const open = Promise.withResolvers<void>();
    watch = async function* (_request, { signal }) {
      yield text("open");
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    };
    const read = async () => {
      const answers = client(createGrpcTransport({ baseUrl: fixture.url })).watch(text(""), { headers });
      for await (const _ of answers) open.resolve();
    };
    const reading = read().then(() => undefined, ConnectError.from);
    await open.promise;
    await fixture.gateway[Symbol.asyncDispose]();
    expect(reasonOf((await reading) as ConnectError)).toBe("SHUTTING_DOWN");
  });
});
