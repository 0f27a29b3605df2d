import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createAsyncIterable } from "@connectrpc/connect/protocol";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { reasonOf } from "@todo/kit/errors";
import { createLogger } from "@todo/kit/log";
import { directMesh } from "@todo/kit/mesh";
import { catalogue } from "@todo/kit/services";
import { Health, HealthCheckResponse_ServingStatus as Serving } from "@todo/proto/grpc/health/v1/health";
import { ServerReflection } from "@todo/proto/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@todo/proto/grpc/reflection/v1alpha/reflection";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exposedRoutes, nameOf } from "#src/routes.ts";
import { outboundReady } from "#src/sidecar.ts";
import { bearer, type Fixture, refuses, startFixture, until } from "./harness.ts";

let fixture: Fixture;
let stack: AsyncDisposableStack;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  fixture = stack.use(await startFixture());
});
afterEach(() => stack.disposeAsync());

/** A client of grpc-js to the gateway. */
function grpcJs(): Transport {
  const log = createLogger({ service: "client", destination: { write: () => undefined } });
  const address = `127.0.0.1:${fixture.gateway.port}`;
  const mesh = stack.use(directMesh({ addresses: { task: address }, appApiTokens: {}, log }));
  return mesh.transport("task");
}

describe("grpc.health.v1", () => {
  it("says that the gateway and each of its services serve, without credentials [R092]", async () => {
    const health = createClient(Health, grpcJs());
    for (const service of ["", "todo.task.v1.TaskService", "todo.audit.v1.AuditService"]) {
      expect((await health.check({ service })).status).toBe(Serving.SERVING);
    }
    const error = await health.check({ service: "no.such.Service" }).then(() => undefined, ConnectError.from);
    expect(error?.code).toBe(Code.NotFound);
  });

  it("tells watchers when the gateway stops, and ends", async () => {
    const seen: Serving[] = [];
    const watching = (async () => {
      for await (const { status } of createClient(Health, grpcJs()).watch({})) seen.push(status);
    })();
    await until(() => seen.length === 1);
    await fixture.gateway[Symbol.asyncDispose]();
    await watching;
    expect(seen).toEqual([Serving.SERVING, Serving.NOT_SERVING]);
  });
});

describe("server reflection", () => {
  it.each([
    ["v1", ServerReflection],
    ["v1alpha", ServerReflectionAlpha],
  ] as const)("of version %s lists what is offered and describes it", async (_version, service) => {
    const ask = async (messageRequest: object) => {
      const requests = createAsyncIterable([{ messageRequest }]);
      const client = createClient(service as typeof ServerReflection, grpcJs());
      for await (const { messageResponse } of client.serverReflectionInfo(requests as never))
        return messageResponse;
      throw new Error("no answer");
    };
    const listed = await ask({ case: "listServices", value: "*" });
    const services =
      listed.case === "listServicesResponse" ? listed.value.service.map(({ name }) => name) : [];
    expect(services).toEqual([
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      "todo.audit.v1.AuditService",
      "todo.identity.v1.AccountService",
      "todo.identity.v1.ProfileService",
      "todo.identity.v1.SessionService",
      "todo.identity.v1.TokenService",
      "todo.recurrence.v1.RecurrenceService",
      "todo.task.v1.SeriesService",
      "todo.task.v1.TaskService",
    ]);
    const found = await ask({ case: "fileContainingSymbol", value: "todo.task.v1.TaskService" });
    const files = found.case === "fileDescriptorResponse" ? found.value.fileDescriptorProto : [];
    const protos = files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
    const names = new Set(protos.map(({ name }) => name));
    expect(protos.flatMap(({ dependency }) => dependency).filter((name) => !names.has(name))).toEqual([]);
    const methods = protos[0]?.service[0]?.method.map(({ name }) => name);
    expect(methods).toContain("CreateTask");
    expect(methods).not.toContain("ScanTasks");
  });

  it("shows every method that is offered, and none that would answer 404", async () => {
    const shown = new Set<string>();
    const client = createClient(ServerReflection, grpcJs());
    const questions = [
      ...[...new Set(catalogue.map(({ service }) => service.typeName))],
      "todo.task.v1.TaskService.ScanTasks",
      "todo.task.v1.TaskService.GetTask",
    ].map((value) => ({ messageRequest: { case: "fileContainingSymbol", value } }));
    const found: string[] = [];
    for await (const { originalRequest, messageResponse } of client.serverReflectionInfo(
      createAsyncIterable(questions) as never,
    )) {
      if (messageResponse.case !== "fileDescriptorResponse") continue;
      found.push(String(originalRequest?.messageRequest.value));
      for (const bytes of messageResponse.value.fileDescriptorProto) {
        const file = fromBinary(FileDescriptorProtoSchema, bytes);
        for (const { name, method } of file.service) {
          for (const each of method) shown.add(`${file.package}.${name}/${each.name}`);
        }
      }
    }
    expect([...shown].sort()).toEqual(
      exposedRoutes()
        .map(({ method }) => nameOf(method))
        .sort(),
    );
    expect(found).toContain("todo.task.v1.TaskService.GetTask");
    expect(found).not.toContain("todo.task.v1.TaskService.ScanTasks");
    expect(found).not.toContain("todo.identity.v1.AuthService");
  });
});

describe("the health paths", () => {
  it.each(["/health", "/health/live", "/health/ready", "/health/startup", "/ready", "/api/health"])(
    "%s answers 200 on a healthy gateway [R091] [R092]",
    async (path) => {
      const response = await fetch(`${fixture.url}${path}`);
      expect([response.status, await response.json()]).toMatchObject([200, { status: "ok" }]);
    },
  );

  it("say 503, and go on living, while identity has never answered [R094]", async () => {
    const other = stack.use(await startFixture({ addresses: { identity: "127.0.0.1:1" } }));
    const ready = await fetch(`${other.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).not.toContain("127.0.0.1");
    expect((await fetch(`${other.url}/health/live`)).status).toBe(200);
  });

  it("count the own sidecar as ready when it can call others, and not before", async () => {
    let status = 500;
    const sidecar = createServer((request, response) => {
      response.statusCode = request.url === "/v1.0/healthz/outbound" ? status : 404;
      response.end();
    }).listen(0, "127.0.0.1");
    await once(sidecar, "listening");
    stack.defer(() => void sidecar.close());
    const check = outboundReady((sidecar.address() as AddressInfo).port);
    await expect(check()).rejects.toThrow("the sidecar answered 500");
    status = 204;
    await expect(check()).resolves.toBeUndefined();
  });

  it("have metrics of requests by route, status and reason on the port for operators alone [R092]", async () => {
    await fetch(`${fixture.url}/todo.task.v1.TaskService/GetTask`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    await until(() => fixture.logged().includes("CREDENTIALS_MISSING"));
    expect((await fetch(`${fixture.url}/metrics`)).status).toBe(404);
    const text = await (await fetch(`http://127.0.0.1:${fixture.gateway.adminPort}/metrics`)).text();
    expect(text).toMatch(
      /http_server_request_duration_seconds_count\{.*http_route="todo.task.v1.TaskService\/GetTask".*error_type="CREDENTIALS_MISSING"/,
    );
    expect(text).toContain("http_server_open_connections");
  });
});

describe("the page", () => {
  it("says what runs and how to call it, and runs nothing but itself", async () => {
    const response = await fetch(`${fixture.url}/`, { headers: { accept: "text/html" } });
    const text = await response.text();
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(text).toContain("http://todo.test/todo.task.v1.TaskService/CreateTask");
    expect(text).toContain("grpcurl -plaintext");
    expect(text).toContain("todo.audit.v1.AuditService/VerifyChain");
    expect(text).not.toContain("ScanTasks");
    expect(text).toMatch(/<span>identity<\/span><span class="ok">ok<\/span>/);
    const policy = response.headers.get("content-security-policy");
    for (const tag of ["style", "script"]) {
      const content = new RegExp(`<${tag}>([^]*)</${tag}>`).exec(text)?.[1] ?? "";
      const hash = createHash("sha256").update(content).digest("base64");
      expect(policy).toContain(`${tag}-src 'sha256-${hash}'`);
    }
    expect(policy).toContain("default-src 'none'");
    expect(text).not.toMatch(/(src|href)="https?:/);
  });

  it("is read only, and other pages are not there", async () => {
    const statuses = async (path: string, method: string) =>
      (await fetch(`${fixture.url}${path}`, { method })).status;
    expect(await statuses("/", "HEAD")).toBe(200);
    expect(await statuses("/", "POST")).toBe(405);
    expect(await statuses("/favicon.ico", "GET")).toBe(404);
    expect(await statuses("/admin", "GET")).toBe(404);
    expect(await statuses("/health/live", "DELETE")).toBe(405);
  });

  it("comes, like every answer, with headers that keep a browser from harm", async () => {
    for (const path of ["/", "/nothing", "/health/live", "/todo.task.v1.TaskService/GetTask"]) {
      const { headers } = await fetch(`${fixture.url}${path}`);
      expect(Object.fromEntries(headers)).toMatchObject({
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "content-security-policy": expect.stringContaining("frame-ancestors 'none'"),
        "x-request-id": expect.stringMatching(/^[A-Za-z0-9_-]{8,64}$/),
      });
      expect(headers.get("strict-transport-security")).toBeNull();
    }
  });
});

describe("a gateway that stops", () => {
  it("finishes the calls at work, over every protocol, and takes no new ones [R096]", async () => {
    const headers = bearer(await fixture.identity.token());
    const held = Promise.withResolvers<void>();
    let waiting = 0;
    fixture.task.getTask = async ({ id }) => {
      waiting += 1;
      await held.promise;
      return { task: { id } };
    };
    const transports = [
      createConnectTransport({ baseUrl: fixture.url, httpVersion: "1.1" }),
      createConnectTransport({ baseUrl: fixture.url, httpVersion: "2" }),
      createGrpcTransport({ baseUrl: fixture.url }),
    ];
    const id = randomUUID();
    const calls = transports.map((transport) =>
      createClient(TaskService, transport).getTask({ id }, { headers }),
    );
    await until(() => waiting === 3);
    const stopped = fixture.gateway[Symbol.asyncDispose]();
    await until(() => refuses(fixture.url));
    held.resolve();
    expect((await Promise.all(calls)).map(({ task }) => task?.id)).toEqual([id, id, id]);
    await stopped;
  });

  it("ends what does not finish within its patience, and says so [R096]", async () => {
    const impatient = stack.use(await startFixture({ config: { shutdownGraceMs: 700 } }));
    const headers = bearer(await impatient.identity.token());
    let waiting = 0;
    impatient.task.getTask = (_request, { signal }) => {
      waiting += 1;
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const client = createClient(TaskService, createGrpcTransport({ baseUrl: impatient.url }));
    const call = client.getTask({ id: randomUUID() }, { headers }).then(() => undefined, ConnectError.from);
    await until(() => waiting === 1);
    await impatient.gateway[Symbol.asyncDispose]();
    const error = await call;
    expect(error?.code).toBe(Code.Unavailable);
    expect(reasonOf(error as ConnectError)).toBe("SHUTTING_DOWN");
  });
});
