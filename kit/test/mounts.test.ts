import { setTimeout as delay } from "node:timers/promises";
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError, createClient, type HandlerContext, type Transport } from "@connectrpc/connect";
import { createAssertionVerifier } from "@todo/kit/assertion";
import { domainError, ErrorReason, reasonOf } from "@todo/kit/errors";
import { serviceInterceptors } from "@todo/kit/grpc/interceptors";
import { inMemoryTransport } from "@todo/kit/grpc/router";
import { mount, serveGrpc } from "@todo/kit/grpc/server";
import { createLogger } from "@todo/kit/log";
import { directMesh } from "@todo/kit/mesh";
import { principalOf } from "@todo/kit/principal";
import { testKeys } from "@todo/kit/testing/keys";
import { collectSpans } from "@todo/kit/testing/traces";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@todo/proto/google/rpc/error_details";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Echo, EchoService } from "./echo.ts";
import { stub } from "./stub.ts";

collectSpans();
const keys = testKeys();
const lines: string[] = [];
const log = createLogger({
  service: "task",
  level: "debug",
  destination: { write: (line) => lines.push(line) },
});
const interceptors = serviceInterceptors({
  app: "task",
  log,
  appApiToken: keys.appApiToken,
  verifier: createAssertionVerifier({ app: "task", keyBundle: keys.keyBundle }),
});

/** What the handlers of one test saw. */
interface Seen {
  context?: HandlerContext;
  stopped?: unknown;
  reached: PromiseWithResolvers<void>;
  let: PromiseWithResolvers<void>;
}

const user = "0190a1b2-0000-7000-8000-000000000001";

function services(seen: Seen) {
  const waiting = async (context: HandlerContext) => {
    seen.context = context;
    seen.reached.resolve();
    const gone = Promise.withResolvers<never>();
    context.signal.addEventListener("abort", () => {
      seen.stopped = context.signal.reason;
      seen.let.resolve();
      gone.reject(context.signal.reason);
    });
    return gone.promise;
  };
  const echo = mount(EchoService, {
    async say(request, context) {
      seen.context = context;
      switch (request.text) {
        case "domain error":
          throw domainError(ErrorReason.OUTBOX_FULL, "too many undelivered events", {
            metadata: { depth: "7" },
          });
        case "bug":
          throw new Error("SELECT secret FROM tasks WHERE title = 'birthday'");
        case "no database":
          throw Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:5432"), { code: "ECONNREFUSED" });
        case "wait":
          return waiting(context);
      }
      context.responseHeader.set("x-answer", "head");
      context.responseHeader.set("x-bytes-bin", Buffer.from([0, 255]).toString("base64"));
      context.responseTrailer.set("x-answer-end", context.requestHeader.get("x-question") ?? "");
      return { text: request.text.toUpperCase(), count: request.count };
    },
    async *repeat(request, context) {
      seen.context = context;
      context.responseHeader.set("x-answer", "head");
      for (let count = 1; count <= request.count; count++) yield { text: request.text, count };
      if (request.text === "domain error") throw domainError(ErrorReason.TASK_NOT_FOUND, "task not found");
      if (request.text === "bug") throw new Error("secret");
      if (request.text === "wait") await waiting(context);
      context.responseTrailer.set("x-answer-end", "tail");
    },
    async join(requests) {
      const texts: string[] = [];
      for await (const { text } of requests) {
        if (text === "domain error") throw domainError(ErrorReason.TASK_DELETED, "task is deleted");
        texts.push(text);
      }
      return { text: texts.join("+"), count: texts.length };
    },
    async *talk(requests) {
      for await (const { text, count } of requests) {
        if (text === "enough") break;
        yield { text: text.toUpperCase(), count };
      }
      yield { text: "bye" };
    },
  });
  const tasks = mount(
    TaskService,
    stub(TaskService, {
      getTask(request, context) {
        const { userId, scopes, requestId, issuer } = principalOf(context);
        return { task: { id: request.id, title: [userId, issuer, requestId].join(" "), tags: [...scopes] } };
      },
      scanTasks: (_request, context) => ({
        nextPageToken: context.timeoutMs() === undefined ? "none" : "some",
      }),
    }),
  );
  return [echo, tasks];
}

const ways: Record<string, (mounts: ReturnType<typeof services>, token: string) => Promise<Transport>> = {
  "grpc-js": async (mounts, token) => {
    const shutdown = new AbortController();
    const server = await serveGrpc({
      port: 0,
      mounts,
      interceptors,
      shutdown: shutdown.signal,
      log,
      graceMs: 100,
    });
    const mesh = directMesh({
      addresses: { task: `127.0.0.1:${server.port}` },
      appApiTokens: { task: token },
      log,
    });
    onTestFinished(async () => {
      await mesh[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });
    return mesh.transport("task");
  },
  "in memory": async (mounts, token) =>
    inMemoryTransport(mounts, interceptors, { headers: { "dapr-api-token": token } }),
};

describe.each(Object.keys(ways))("a service mounted %s", (way) => {
  async function start(token = keys.appApiToken) {
    const seen: Seen = { reached: Promise.withResolvers(), let: Promise.withResolvers() };
    const transport = await (ways[way] as (typeof ways)[string])(services(seen), token);
    return { seen, echo: createClient(EchoService, transport), tasks: createClient(TaskService, transport) };
  }
  const failure = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => new Error("the call succeeded"),
      (reason) => reason,
    );
    if (!(error instanceof ConnectError)) throw error;
    return error;
  };
  const collect = async (messages: AsyncIterable<Echo>, into: string[] = []) => {
    for await (const { text, count } of messages) into.push(`${text}${count}`);
    return into;
  };
  /** The metadata of a call without the sidecar's token, which the transport adds. */
  const headersFor = async (...args: Parameters<typeof keys.headers>) => {
    const { "dapr-api-token": _, ...headers } = await keys.headers(...args);
    return headers;
  };
  async function* said(...texts: string[]) {
    for (const text of texts) yield { text, count: 1 };
  }

  it("answers with value, headers and trailers", async () => {
    const { echo } = await start();
    let header = new Headers();
    let trailer = new Headers();
    const answer = await echo.say(
      { text: "grüße", count: 3 },
      {
        headers: { "x-question": "why" },
        onHeader: (headers) => {
          header = headers;
        },
        onTrailer: (headers) => {
          trailer = headers;
        },
      },
    );
    expect(answer).toMatchObject({ text: "GRÜSSE", count: 3 });
    expect(header.get("x-answer")).toBe("head");
    expect(Buffer.from(header.get("x-bytes-bin") ?? "", "base64")).toEqual(Buffer.from([0, 255]));
    expect(trailer.get("x-answer-end")).toBe("why");
  });

  it("gives the handler the deadline, and the caller DEADLINE_EXCEEDED when it passes [R097]", async () => {
    const { echo, seen } = await start();
    const error = await failure(echo.say({ text: "wait" }, { timeoutMs: 1_000 }));
    expect(error.code).toBe(Code.DeadlineExceeded);
    expect(seen.context?.timeoutMs()).toBeLessThanOrEqual(1_000);
    await seen.let.promise;
    // The caller, whose deadline passes a moment earlier, may cancel first.
    expect([Code.DeadlineExceeded, Code.Canceled]).toContain((seen.stopped as ConnectError).code);
  });

  it("answers a domain error with its code, ErrorInfo and RetryInfo", async () => {
    const { echo } = await start();
    const error = await failure(echo.say({ text: "domain error" }));
    expect(error).toMatchObject({ code: Code.ResourceExhausted, rawMessage: "too many undelivered events" });
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: "OUTBOX_FULL", domain: "todo", metadata: { depth: "7" } },
    ]);
    expect(error.findDetails(RetryInfoSchema)).toMatchObject([{ retryDelay: { seconds: 1n, nanos: 0 } }]);
  });

  it("hides what nobody foresaw behind the request id, and logs it with its stack [R104] [R105]", async () => {
    const { echo } = await start();
    lines.length = 0;
    const error = await failure(echo.say({ text: "bug" }, { headers: { "x-request-id": "request-0815" } }));
    expect(error).toMatchObject({ code: Code.Internal, rawMessage: "internal error" });
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: "INTERNAL", metadata: { request_id: "request-0815" } },
    ]);
    const logged = lines.map((line) => JSON.parse(line)).find(({ level }) => level === "error");
    expect(logged.context.err.stack[0]).toMatch(/mounts\.test\.ts/);
    expect(logged.context.method).toBe("kit.test.v1.EchoService/Say");
  });

  it("lists every violation of a request with its path", async () => {
    const { tasks } = await start();
    const headers = await headersFor("task", { userId: user });
    const bad = { title: "", tags: ["a", "a"], requestId: "short" };
    const error = await failure(tasks.createTask(bad, { headers }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(reasonOf(error)).toBe("REQUEST_INVALID");
    const [violations] = error.findDetails(ViolationsSchema);
    const paths = violations?.violations.map(({ field }) => field?.elements[0]?.fieldName).sort();
    expect(paths).toEqual(["request_id", "tags", "title"]);
    const [badRequest] = error.findDetails(BadRequestSchema);
    expect(badRequest?.fieldViolations.map(({ field }) => field).sort()).toEqual(paths);
    expect(
      badRequest?.fieldViolations.every(({ description, reason }) => description !== "" && reason !== ""),
    ).toBe(true);
  });

  it("streams answers, with headers and trailers", async () => {
    const { echo } = await start();
    let header = new Headers();
    let trailer = new Headers();
    const answers = await collect(
      echo.repeat(
        { text: "x", count: 3 },
        {
          onHeader: (headers) => {
            header = headers;
          },
          onTrailer: (headers) => {
            trailer = headers;
          },
        },
      ),
    );
    expect(answers).toEqual(["x1", "x2", "x3"]);
    expect(header.get("x-answer")).toBe("head");
    expect(trailer.get("x-answer-end")).toBe("tail");
  });

  it("keeps the answers before an error inside of a stream, and masks the error like any other", async () => {
    const { echo } = await start();
    const before: string[] = [];
    const error = await failure(collect(echo.repeat({ text: "domain error", count: 2 }), before));
    expect(before).toEqual(["domain error1", "domain error2"]);
    expect(error.code).toBe(Code.NotFound);
    expect(reasonOf(error)).toBe("TASK_NOT_FOUND");
    const bug = await failure(collect(echo.repeat({ text: "bug", count: 1 })));
    expect(bug).toMatchObject({ code: Code.Internal, rawMessage: "internal error" });
  });

  it("takes a stream of requests, and answers an error in the middle of it", async () => {
    const { echo } = await start();
    expect(await echo.join(said("a", "b", "c"))).toMatchObject({ text: "a+b+c", count: 3 });
    const error = await failure(echo.join(said("a", "domain error", "c")));
    expect(reasonOf(error)).toBe("TASK_DELETED");
  });

  it("talks both ways, and may answer on after it stopped listening", async () => {
    const { echo } = await start();
    expect(await collect(echo.talk(said("a", "b")))).toEqual(["A1", "B1", "bye0"]);
    expect(await collect(echo.talk(said("a", "enough", "c")))).toEqual(["A1", "bye0"]);
  });

  it("tells the handler when the caller gives up", async () => {
    const { echo, seen } = await start();
    const caller = new AbortController();
    const call = failure(echo.say({ text: "wait" }, { signal: caller.signal }));
    await seen.reached.promise;
    caller.abort();
    expect((await call).code).toBe(Code.Canceled);
    await seen.let.promise;
    expect(seen.stopped).toBeInstanceOf(Error);
  });

  it("tells the handler of a stream when the caller gives up", async () => {
    const { echo, seen } = await start();
    const caller = new AbortController();
    const before: string[] = [];
    const call = failure(collect(echo.repeat({ text: "wait", count: 1 }, { signal: caller.signal }), before));
    await seen.reached.promise;
    while (before.length === 0) await delay(1);
    caller.abort();
    expect((await call).code).toBe(Code.Canceled);
    await seen.let.promise;
    expect(seen.stopped).toBeInstanceOf(Error);
  });

  it("gives the handler the user that an allowed app vouches for", async () => {
    const { tasks } = await start();
    const headers = await headersFor("task", {
      userId: user,
      requestId: "request-0816",
      scopes: ["tasks:read"],
    });
    const { task } = await tasks.getTask({ id: user }, { headers });
    expect(task).toMatchObject({ title: `${user} gateway request-0816`, tags: ["tasks:read"] });
  });

  it("refuses whoever lacks the sidecar's token, a proof of the user, the right to vouch, or the scope", async () => {
    const { tasks } = await start();
    const refusal = async (headers: Record<string, string>, client = tasks) =>
      reasonOf(await failure(client.getTask({ id: user }, { headers })));
    const good = await headersFor("task", { userId: user });
    const stranger = await start("wrong");
    expect(await refusal(good, stranger.tasks)).toBe("CREDENTIALS_INVALID");
    expect(await refusal({})).toBe("ASSERTION_INVALID");
    expect(await refusal({ ...good, "todo-assertion": "x.y.z" })).toBe("ASSERTION_INVALID");
    expect(await refusal(await headersFor("audit", { userId: user }))).toBe("ASSERTION_INVALID");
    expect(await refusal(await headersFor("task", { userId: user }, "audit"))).toBe("ISSUER_REFUSED");
    expect(await refusal(await headersFor("task", { userId: user, scopes: ["tasks:write"] }))).toBe(
      "SCOPE_MISSING",
    );
  });

  it("writes one line per call, with its ids and without its content [R104] [R105]", async () => {
    const { tasks } = await start();
    lines.length = 0;
    const headers = await headersFor("task", { userId: user, requestId: "request-0817" });
    await tasks.getTask({ id: user }, { headers });
    await failure(tasks.createTask({ title: "birthday\u0000" }, { headers }));
    const records = lines.map((line) => JSON.parse(line));
    expect(records).toHaveLength(2);
    for (const record of records) {
      expect(record).toMatchObject({ level: "info", service: "task", message: "call", user_id: user });
      expect(record).toMatchObject({
        request_id: "request-0817",
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
    }
    expect(records[0].context).toEqual({
      method: "todo.task.v1.TaskService/GetTask",
      code: "OK",
      took_ms: expect.any(Number),
    });
    expect(records[1].context).toMatchObject({ code: "INVALID_ARGUMENT", reason: "REQUEST_INVALID" });
    expect(lines.join()).not.toContain("birthday");
  });

  it("says that the database is away, not that something is broken", async () => {
    const { echo } = await start();
    const error = await failure(echo.say({ text: "no database" }));
    expect(error.code).toBe(Code.Unavailable);
    expect(reasonOf(error)).toBe("DEPENDENCY_UNAVAILABLE");
    expect(error.findDetails(RetryInfoSchema)).toHaveLength(1);
  });

  it("asks for no user where the method's rule names no issuer", async () => {
    const { tasks } = await start();
    expect(await tasks.scanTasks({}, { timeoutMs: 5_000 })).toMatchObject({ nextPageToken: "some" });
  });
});
