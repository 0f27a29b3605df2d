import { createClient, type HandlerContext } from "@connectrpc/connect";
import { observe } from "@todo/kit/grpc/observe";
import { mount, serveGrpc } from "@todo/kit/grpc/server";
import { createLogger } from "@todo/kit/log";
import { sidecarMesh } from "@todo/kit/mesh";
import { withRequest } from "@todo/kit/request-context";
import { collectSpans } from "@todo/kit/testing/traces";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Echo, EchoService } from "./echo.ts";

// Brings what carries a request along with asynchronous work.
collectSpans();

const log = createLogger({ service: "test", destination: { write: () => undefined } });
const none = async function* () {};

/** A service that notes how long each call has left, and a client of it. */
async function start(then: () => Promise<void> = async () => undefined) {
  const left: number[] = [];
  const server = await serveGrpc({
    port: 0,
    mounts: [
      mount(EchoService, {
        async say({ text }: Echo, context: HandlerContext) {
          left.push(context.timeoutMs() ?? Number.POSITIVE_INFINITY);
          await then();
          return { text };
        },
        repeat: none,
        join: async () => ({}),
        talk: none,
      }),
    ],
    interceptors: [observe(log)],
    shutdown: new AbortController().signal,
    graceMs: 0,
    log,
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const mesh = sidecarMesh({ address: `127.0.0.1:${server.port}`, apiToken: "token", log });
  onTestFinished(() => mesh[Symbol.asyncDispose]());
  return { left, echo: createClient(EchoService, mesh.transport("task")) };
}

const inside = (deadline: number, call: () => Promise<unknown>) =>
  withRequest({ requestId: "request-1", deadline }, call);

describe("the deadline of a call inside of another one", () => {
  it("is a little shorter than what its caller has left, however much it asks for [R097]", async () => {
    const { echo, left } = await start();
    await inside(Date.now() + 3_000, async () => {
      await echo.say({});
      await echo.say({}, { timeoutMs: 60_000 });
    });
    expect(left).toHaveLength(2);
    for (const ms of left) expect(ms).toBeLessThanOrEqual(2_980);
  });

  it("is as long as the caller's where it names none, however long that is", async () => {
    const { echo, left } = await start();
    await inside(Date.now() + 60_000, () => echo.say({}));
    expect(left[0]).toBeGreaterThan(30_000);
  });

  it("is its own where that is shorter", async () => {
    const { echo, left } = await start();
    await inside(Date.now() + 60_000, () => echo.say({}, { timeoutMs: 3_000 }));
    expect(left[0]).toBeLessThanOrEqual(3_000);
  });

  it("shrinks at every service on the way", async () => {
    const far = await start();
    const near = await start(async () => void (await far.echo.say({})));
    await near.echo.say({}, { timeoutMs: 5_000 });
    expect(far.left[0]).toBeLessThan(near.left[0] ?? 0);
  });

  it("binds nothing that a call left behind", async () => {
    const far = await start();
    const answered = Promise.withResolvers<void>();
    let behind: Promise<unknown> = Promise.resolve();
    const near = await start(async () => {
      behind = answered.promise.then(() => far.echo.say({}));
    });
    await near.echo.say({}, { timeoutMs: 2_000 });
    answered.resolve();
    await behind;
    expect(far.left[0]).toBeGreaterThan(2_000);
  });
});
