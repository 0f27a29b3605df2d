import { once } from "node:events";
import { connect } from "node:net";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type ServiceImpl } from "@connectrpc/connect";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { domainError, ErrorReason, reasonOf } from "@todo/kit/errors";
import { maskErrors } from "@todo/kit/grpc/mask-errors";
import { mount, type ServeOptions, serveGrpc } from "@todo/kit/grpc/server";
import { createLogger } from "@todo/kit/log";
import { directMesh } from "@todo/kit/mesh";
import { Health, HealthCheckResponse_ServingStatus as Serving } from "@todo/proto/grpc/health/v1/health";
import { ServerReflection } from "@todo/proto/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@todo/proto/grpc/reflection/v1alpha/reflection";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { describe, expect, it, onTestFinished } from "vitest";
import { EchoService } from "./echo.ts";
import { stub } from "./stub.ts";

const log = createLogger({ service: "test", destination: { write: () => undefined } });

async function start(methods: Partial<ServiceImpl<typeof EchoService>>, o: Partial<ServeOptions> = {}) {
  const server = await serveGrpc({
    port: 0,
    mounts: [mount(EchoService, stub(EchoService, methods)), mount(TaskService, stub(TaskService, {}))],
    interceptors: [maskErrors(log)],
    shutdown: new AbortController().signal,
    log,
    graceMs: 200,
    ...o,
  });
  const mesh = directMesh({
    addresses: { task: `127.0.0.1:${server.port}` },
    appApiTokens: {},
    log,
    channels: 1,
  });
  let stopped = false;
  const stop = async () => {
    if (!stopped) await server[Symbol.asyncDispose]();
    stopped = true;
  };
  onTestFinished(async () => {
    await mesh[Symbol.asyncDispose]();
    await stop();
  });
  const transport = mesh.transport("task");
  return {
    server,
    stop,
    transport,
    echo: createClient(EchoService, transport),
    health: createClient(Health, transport),
  };
}

async function failure(call: Promise<unknown>): Promise<ConnectError> {
  const error = await call.then(
    () => new Error("the call succeeded"),
    (reason) => reason,
  );
  if (!(error instanceof ConnectError)) throw error;
  return error;
}

/** A handler that waits until the test lets it go, or its signal fires. */
function gate() {
  const reached = Promise.withResolvers<void>();
  const open = Promise.withResolvers<void>();
  const say: ServiceImpl<typeof EchoService>["say"] = async ({ text }, { signal }) => {
    const gone = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => gone.reject(signal.reason));
    reached.resolve();
    await Promise.race([open.promise, gone.promise]);
    return { text: `${text} done` };
  };
  return { say, reached: reached.promise, open: () => open.resolve() };
}

describe("health of gRPC [R092]", () => {
  it("is SERVING for the server and each of its services, and NOT_FOUND for others", async () => {
    const { health } = await start({});
    expect(await health.check({})).toMatchObject({ status: Serving.SERVING });
    expect(await health.check({ service: "kit.test.v1.EchoService" })).toMatchObject({
      status: Serving.SERVING,
    });
    expect((await failure(health.check({ service: "nobody" }))).code).toBe(Code.NotFound);
    const { statuses } = await health.list({});
    expect(Object.keys(statuses).sort()).toEqual(["", "kit.test.v1.EchoService", "todo.task.v1.TaskService"]);
  });

  it("tells its watchers that the server stops, and lets them go", async () => {
    const { health, stop } = await start({});
    const seen: Serving[] = [];
    const watching = (async () => {
      for await (const { status } of health.watch({})) {
        seen.push(status);
        if (seen.length === 1) void stop();
      }
    })();
    await watching;
    expect(seen).toEqual([Serving.SERVING, Serving.NOT_SERVING]);
  });
});

describe("reflection", () => {
  type Ask = Parameters<ReturnType<typeof createClient<typeof ServerReflection>>["serverReflectionInfo"]>[0];
  type Question = Ask extends AsyncIterable<infer Q> ? Q : never;

  async function ask(desc: typeof ServerReflection, question: Question["messageRequest"]) {
    const { transport } = await start({});
    const client = createClient(desc, transport);
    const questions = (async function* () {
      yield { host: "here", messageRequest: question } as Question;
    })();
    for await (const { messageResponse } of client.serverReflectionInfo(questions)) return messageResponse;
    throw new Error("no answer");
  }
  const filesOf = (answer: Awaited<ReturnType<typeof ask>>) => {
    if (answer.case !== "fileDescriptorResponse") throw new Error(`answered ${answer.case}`);
    return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  };

  it.each([
    ["v1", ServerReflection],
    ["v1alpha", ServerReflectionAlpha as unknown as typeof ServerReflection],
  ])("in %s lists the services", async (_version, desc) => {
    const answer = await ask(desc, { case: "listServices", value: "" });
    if (answer.case !== "listServicesResponse") throw new Error(`answered ${answer.case}`);
    expect(answer.value.service.map(({ name }) => name)).toEqual([
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      "kit.test.v1.EchoService",
      "todo.task.v1.TaskService",
    ]);
  });

  it.each(["todo.task.v1.TaskService", "todo.task.v1.TaskService.GetTask", "todo.task.v1.GetTaskRequest"])(
    "finds the file of %s, with all that it imports and all of its options",
    async (symbol) => {
      const files = filesOf(await ask(ServerReflection, { case: "fileContainingSymbol", value: symbol }));
      const names = files.map(({ name }) => name);
      expect(names[0]).toBe("todo/task/v1/task_service.proto");
      for (const { dependency } of files) for (const name of dependency) expect(names).toContain(name);
      expect(files[0]?.service[0]?.method[0]?.options?.$unknown ?? []).not.toHaveLength(0);
    },
  );

  it("finds a file by its name, and an extension by its number", async () => {
    const byName = await ask(ServerReflection, {
      case: "fileByFilename",
      value: "google/protobuf/timestamp.proto",
    });
    expect(filesOf(byName)[0]?.package).toBe("google.protobuf");
    const extension = { containingType: "google.protobuf.MethodOptions", extensionNumber: 50_001 };
    const byNumber = await ask(ServerReflection, {
      case: "fileContainingExtension",
      value: extension as never,
    });
    expect(filesOf(byNumber)[0]?.name).toBe("todo/policy/v1/method_policy.proto");
    const numbers = await ask(ServerReflection, {
      case: "allExtensionNumbersOfType",
      value: "google.protobuf.MethodOptions",
    });
    expect(numbers).toMatchObject({
      case: "allExtensionNumbersResponse",
      value: { extensionNumber: [50_001] },
    });
  });

  it("says NOT_FOUND for what it does not know, and goes on", async () => {
    expect(
      await ask(ServerReflection, { case: "fileContainingSymbol", value: "nobody.Knows" }),
    ).toMatchObject({
      case: "errorResponse",
      value: { errorCode: Code.NotFound },
    });
  });
});

describe("bad input", () => {
  function raw(port: number, path: string, body: Buffer): Promise<{ code: number; metadata: Metadata }> {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      "grpc.enable_http_proxy": 0,
    });
    onTestFinished(() => client.close());
    return new Promise((resolve) => {
      const same = (bytes: Buffer) => bytes;
      client.makeUnaryRequest(
        path,
        same,
        same,
        body,
        new Metadata(),
        { deadline: Date.now() + 5_000 },
        (error) => resolve({ code: error?.code ?? 0, metadata: error?.metadata ?? new Metadata() }),
      );
    });
  }

  it("that is no message is INVALID_ARGUMENT with REQUEST_UNREADABLE", async () => {
    const { server } = await start({});
    const { code, metadata } = await raw(
      server.port,
      "/kit.test.v1.EchoService/Say",
      Buffer.from([0x0a, 0x7f, 1]),
    );
    expect(code).toBe(Code.InvalidArgument);
    expect(metadata.get("grpc-status-details-bin")[0]?.toString()).toContain("REQUEST_UNREADABLE");
  });

  it("that is larger than the limit is REQUEST_TOO_LARGE, and the limit leaves room for 1 MiB", async () => {
    const { echo } = await start({ say: ({ text }) => ({ count: text.length }) });
    expect((await echo.say({ text: "x".repeat(1_048_576) })).count).toBe(1_048_576);
    const error = await failure(echo.say({ text: "x".repeat(2_000_000) }));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(reasonOf(error)).toBe("REQUEST_TOO_LARGE");
  });

  it("for a method that does not exist is UNIMPLEMENTED", async () => {
    const { server } = await start({});
    expect((await raw(server.port, "/kit.test.v1.EchoService/Shout", Buffer.alloc(0))).code).toBe(
      Code.Unimplemented,
    );
  });
});

describe("an answer that gRPC cannot carry as it is", () => {
  it("leaves without the header or the half of a letter, and the server lives on", async () => {
    const { echo } = await start({
      say({ text }, { responseHeader, responseTrailer }) {
        responseHeader.set("x-umlaut", "\u00fc");
        responseTrailer.set("x-umlaut", "\u00fc");
        if (text === "ok") return { text };
        throw domainError(ErrorReason.PARENT_INVALID, `no such task: ${"\u{1f600}".slice(0, 1)}`);
      },
    });
    expect(await echo.say({ text: "ok" })).toMatchObject({ text: "ok" });
    const error = await failure(echo.say({}));
    expect(error).toMatchObject({ code: Code.FailedPrecondition, rawMessage: "no such task: \ufffd" });
    expect(reasonOf(error)).toBe("PARENT_INVALID");
  });
});

describe("an answer that is no message", () => {
  it("is INTERNAL and in the log, for calls and for streams", async () => {
    const lines: string[] = [];
    const noting = createLogger({ service: "test", destination: { write: (line) => lines.push(line) } });
    const { echo } = await start(
      {
        say: () => ({ count: -1 }),
        async *repeat() {
          yield { count: 1 };
          yield { count: 0.5 };
        },
      },
      { log: noting },
    );
    expect(reasonOf(await failure(echo.say({})))).toBe("INTERNAL");
    const counts: number[] = [];
    const streamed = failure(
      (async () => {
        for await (const { count } of echo.repeat({})) counts.push(count);
      })(),
    );
    expect(reasonOf(await streamed)).toBe("INTERNAL");
    expect(counts).toEqual([1]);
    const methods = lines.map((line) => JSON.parse(line).context.method);
    expect(methods).toEqual(["/kit.test.v1.EchoService/Say", "/kit.test.v1.EchoService/Repeat"]);
  });
});

describe("a server with more calls than it may run", () => {
  it("refuses the ones too many with RetryInfo, and takes calls again afterwards", async () => {
    const { say, reached, open } = gate();
    const { echo, health } = await start({ say }, { maxInFlight: 1 });
    const running = echo.say({ text: "a" });
    await reached;
    const error = await failure(echo.say({ text: "b" }));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(reasonOf(error)).toBe("RATE_LIMITED");
    expect(await health.check({})).toMatchObject({ status: Serving.SERVING });
    open();
    expect(await running).toMatchObject({ text: "a done" });
    expect(await echo.say({ text: "c" })).toMatchObject({ text: "c done" });
  });

  it("refuses streams in the same way", async () => {
    const { say, reached, open } = gate();
    const { echo } = await start({ say }, { maxInFlight: 1 });
    const running = echo.say({ text: "a" });
    await reached;
    const stream = async () => {
      for await (const _ of echo.repeat({ text: "b" })) throw new Error("an answer");
    };
    expect(reasonOf(await failure(stream()))).toBe("RATE_LIMITED");
    open();
    await running;
  });
});

describe("stopping [R096]", () => {
  it("lets running calls end within the grace period", async () => {
    const { say, reached, open } = gate();
    const { echo, stop } = await start({ say }, { graceMs: 5_000 });
    const running = echo.say({ text: "a" });
    await reached;
    const stopping = stop();
    open();
    expect(await running).toMatchObject({ text: "a done" });
    await stopping;
  });

  it("ends what outlives it with UNAVAILABLE and SHUTTING_DOWN, heard by the handler or not", async () => {
    const { say, reached } = gate();
    const never = new Promise<never>(() => undefined);
    const deaf = Promise.withResolvers<void>();
    const { echo, stop } = await start(
      {
        say,
        join: () => {
          deaf.resolve();
          return never;
        },
      },
      { graceMs: 20 },
    );
    const hears = failure(echo.say({ text: "a" }));
    const hearsNot = failure(echo.join((async function* () {})()));
    await Promise.all([reached, deaf.promise]);
    await stop();
    for (const error of [await hears, await hearsNot]) {
      expect(error.code).toBe(Code.Unavailable);
      expect(reasonOf(error)).toBe("SHUTTING_DOWN");
    }
  });

  it("ends running calls at once when the app's signal fires", async () => {
    const { say, reached } = gate();
    const app = new AbortController();
    const { echo } = await start({ say }, { shutdown: app.signal, graceMs: 60_000 });
    const running = failure(echo.say({ text: "a" }));
    await reached;
    app.abort();
    expect(reasonOf(await running)).toBe("SHUTTING_DOWN");
  });

  it("closes the port", async () => {
    const { server, stop } = await start({});
    await stop();
    const socket = connect(server.port, "127.0.0.1");
    const [error] = await once(socket, "error");
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("a stream whose reader is slow", () => {
  it("is not run ahead of", async () => {
    let made = 0;
    const { echo } = await start({
      async *repeat() {
        for (made = 1; made <= 2_000; made++) yield { text: "x".repeat(10_000), count: made };
      },
    });
    const reading = echo.repeat({})[Symbol.asyncIterator]();
    const first = await reading.next();
    expect(first.value.count).toBe(1);
    // The windows and buffers in between hold a few hundred kilobytes; 2,000 messages are 20 MB.
    await settled(() => made);
    expect(made).toBeLessThan(1_000);
    let last = 1;
    for (let next = await reading.next(); next.done !== true; next = await reading.next()) {
      expect(next.value.count).toBe(last + 1);
      last = next.value.count;
    }
    expect(last).toBe(2_000);
  });
});

describe("a stream of requests whose handler is slow", () => {
  it("is not run ahead of, and arrives whole", async () => {
    let made = 0;
    const open = Promise.withResolvers<void>();
    const { echo } = await start({
      async join(requests) {
        let count = 0;
        for await (const { text } of requests) {
          await open.promise;
          count += text.length;
        }
        return { count };
      },
    });
    const joining = echo.join(
      (async function* () {
        for (made = 1; made <= 2_000; made++) yield { text: "x".repeat(10_000) };
      })(),
    );
    await settled(() => made);
    expect(made).toBeLessThan(1_000);
    open.resolve();
    expect(await joining).toMatchObject({ count: 20_000_000 });
  });
});

describe("a port that is taken", () => {
  it("is said plainly", async () => {
    const { server } = await start({});
    await expect(start({}, { port: server.port })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${server.port}`,
    );
  });
});

/** Waits until a number stands still for 200 turns of the event loop, at most 10,000 turns. */
async function settled(read: () => number): Promise<void> {
  let still = 0;
  let last = read();
  for (let turn = 0; turn < 10_000 && still < 200; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    still = read() === last ? still + 1 : 0;
    last = read();
  }
}
