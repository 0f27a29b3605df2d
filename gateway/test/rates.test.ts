import { randomUUID } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { reasonOf } from "@todo/kit/errors";
import { renderMetrics } from "@todo/kit/metrics";
import { ErrorInfoSchema, RetryInfoSchema } from "@todo/proto/google/rpc/error_details";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bearer, type Fixture, plentyOfRates, post, reasonIn, startFixture } from "./harness.ts";

let stack: AsyncDisposableStack;
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

const { address, user } = plentyOfRates;

async function start(
  rates: Partial<typeof plentyOfRates>,
  trustedProxies: string[] = [],
): Promise<Fixture & { pass(ms: number): void }> {
  const config = { rates: { ...plentyOfRates, ...rates }, trustedProxies };
  const fixture = stack.use(await startFixture({ config }));
  const pass = (ms: number) => {
    fixture.clock.now = new Date(fixture.clock.now.getTime() + ms);
  };
  return Object.assign(fixture, { pass });
}

/** Every form of a call, on one connection of its own. */
const forms: Record<string, (url: string, seen: Interceptor) => Transport> = {
  "Connect over HTTP/1.1": (baseUrl, seen) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", interceptors: [seen] }),
  "Connect over HTTP/2": (baseUrl, seen) =>
    createConnectTransport({ baseUrl, httpVersion: "2", interceptors: [seen] }),
  "Connect GET": (baseUrl, seen) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true, interceptors: [seen] }),
  gRPC: (baseUrl, seen) => createGrpcTransport({ baseUrl, interceptors: [seen] }),
  "gRPC-Web": (baseUrl, seen) =>
    createGrpcWebTransport({ baseUrl, httpVersion: "1.1", interceptors: [seen] }),
};

describe("a user who calls too often", () => {
  it.each(Object.keys(forms))(
    "is refused with the time to come back, and heard again then, over %s [R099]",
    async (form) => {
      const fixture = await start({ user: { ...user, all: 3 } });
      const headers = bearer(await fixture.identity.token());
      let heard = new Headers();
      const listen: Interceptor = (next) => async (request) => {
        const response = await next(request);
        heard = response.header;
        return response;
      };
      const transport = (forms[form] as (typeof forms)[string])(fixture.url, listen);
      const client = createClient(TaskService, transport);
      const call = () => client.getTask({ id: randomUUID() }, { headers });

      await call();
      expect(heard.get("ratelimit-policy")).toBe('"user";q=3;w=60, "address";q=1000000;w=60');
      expect(heard.get("ratelimit")).toMatch(/^"user";r=2;t=20, "address";r=\d+;t=\d$/);
      await call();
      await call();
      const error = ConnectError.from(await call().catch((thrown: unknown) => thrown));
      expect([error.code, reasonOf(error)]).toEqual([Code.ResourceExhausted, "RATE_LIMITED"]);
      const [retry] = error.findDetails(RetryInfoSchema);
      expect(retry?.retryDelay && durationMs(retry.retryDelay)).toBe(20_000);
      expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).toEqual({ quota: "user" });
      expect(error.metadata.get("retry-after")).toBe("20");
      expect(fixture.received).toHaveLength(3);
      fixture.pass(20_000);
      await expect(call()).resolves.toBeDefined();
    },
  );

  it("reads it in the headers too, also of gRPC, whose errors stand elsewhere", async () => {
    const fixture = await start({ user: { ...user, all: 1 } });
    const headers = bearer(await fixture.identity.token());
    const call = (contentType: string) =>
      fetch(`${fixture.url}/todo.task.v1.TaskService/ListTasks`, {
        method: "POST",
        headers: { ...headers, "content-type": contentType },
        body: contentType.includes("grpc") ? new Uint8Array(5) : "{}",
      });
    expect((await call("application/json")).headers.get("ratelimit")).toMatch(/^"user";r=0;t=60, /);
    for (const [contentType, status] of [
      ["application/json", 429],
      ["application/grpc-web+proto", 200],
      ["application/grpc+proto", 200],
    ] as const) {
      const answer = await call(contentType);
      await answer.arrayBuffer();
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([status, "60"]);
      expect(answer.headers.get("ratelimit")).toMatch(/^"user";r=0;t=60, /);
    }
  });

  it("takes nothing from others, whoever they are and wherever they call from", async () => {
    const fixture = await start({ user: { ...user, all: 1 } });
    const [one, other] = [bearer(await fixture.identity.token()), bearer(await fixture.identity.token())];
    const statuses = [];
    for (const headers of [one, one, other, other])
      statuses.push((await post(fixture.url, "ListTasks", {}, headers)).status);
    expect(statuses).toEqual([200, 429, 200, 429]);
  });

  it("has less of what is expensive, as the contract of a method says", async () => {
    const fixture = await start({ user: { ...user, expensive: 2 } });
    const headers = bearer(await fixture.identity.token());
    const audit = createClient(AuditService, createGrpcTransport({ baseUrl: fixture.url }));
    await audit.verifyChain({}, { headers });
    await audit.verifyChain({}, { headers });
    const error = ConnectError.from(await audit.verifyChain({}, { headers }).catch((thrown) => thrown));
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).toEqual({ quota: "user-expensive" });
    expect((await post(fixture.url, "ListTasks", {}, headers)).status).toBe(200);
  });

  it("is counted, by the quota", async () => {
    const fixture = await start({ user: { ...user, write: 1 } });
    const headers = bearer(await fixture.identity.token());
    await post(fixture.url, "CreateTask", { title: "a" }, headers);
    await post(fixture.url, "CreateTask", { title: "a" }, headers);
    expect(await renderMetrics()).toMatch(/gateway_rate_limited_total\{[^}]*quota="user-write"[^}]*\} 1\n/);
  });
});

describe("an address that calls too often", () => {
  it("is refused before anybody looks at its credentials [R100]", async () => {
    const fixture = await start({ address: { ...address, all: 2 } });
    const wrong = bearer("wrong");
    const reasons = [];
    for (let n = 0; n < 3; n++)
      reasons.push(reasonIn((await post(fixture.url, "ListTasks", {}, wrong)).body));
    expect(reasons).toEqual(["CREDENTIALS_INVALID", "CREDENTIALS_INVALID", "RATE_LIMITED"]);
    fixture.pass(30_000);
    const headers = bearer(await fixture.identity.token());
    expect((await post(fixture.url, "ListTasks", {}, headers)).status).toBe(200);
  });

  it("and goes on and on though it is refused loses its connections, and gets others later", async () => {
    const fixture = await start({ address: { ...address, all: 1 } });
    const statuses = new Map<number, number>();
    let cut = 0;
    for (let n = 0; n < 700 && cut < 10; n++) {
      const status = await fetch(`${fixture.url}/nowhere`).then(
        (answer) => answer.status,
        () => 0,
      );
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 0) cut += 1;
    }
    expect([...statuses.keys()]).toEqual([404, 429, 0]);
    expect(statuses.get(429)).toBe(600);
    fixture.pass(60_000);
    expect((await fetch(`${fixture.url}/nowhere`)).status).toBe(404);
  });

  it("hears it in the protocol it speaks, also where there is no method", async () => {
    const fixture = await start({ address: { ...address, all: 1 } });
    await fetch(`${fixture.url}/nowhere`);
    const transport = createGrpcTransport({ baseUrl: fixture.url });
    const unknown = createClient(
      { ...TaskService, typeName: "todo.none.v1.None" } as typeof TaskService,
      transport,
    );
    const error = ConnectError.from(await unknown.listTasks({}).catch((thrown: unknown) => thrown));
    expect([reasonOf(error), error.findDetails(RetryInfoSchema).length]).toEqual(["RATE_LIMITED", 1]);
    const page = await fetch(`${fixture.url}/nowhere`);
    expect([page.status, page.headers.get("retry-after")]).toEqual([429, "60"]);
  });

  it("may not guess at passwords, but goes on otherwise [R100]", async () => {
    const fixture = await start({ address: { ...address, auth: 2 } });
    const signIn = () => fetch(`${fixture.url}/api/auth/sign-in/email`, { method: "POST", body: "{}" });
    fixture.identity.answer = () => ({ status: 401 });
    const answers = [await signIn(), await signIn(), await signIn()];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 429]);
    const [refused] = answers.slice(-1);
    expect(refused?.headers.get("retry-after")).toBe("30");
    expect(refused?.headers.get("ratelimit")).toMatch(/^"address-auth";r=0;t=30, "address";/);
    const body = (await refused?.json()) as { details: { type: string; value: string }[] };
    const info = body.details.find(({ type }) => type === "google.rpc.ErrorInfo")?.value ?? "";
    expect(fromBinary(ErrorInfoSchema, Buffer.from(info, "base64")).reason).toBe("RATE_LIMITED");
    const headers = bearer(await fixture.identity.token());
    expect((await post(fixture.url, "ListTasks", {}, headers)).status).toBe(200);
  });

  it("is never kept from the probes", async () => {
    const fixture = await start({ address: { ...address, all: 1 } });
    const statuses = [];
    for (let n = 0; n < 5; n++) statuses.push((await fetch(`${fixture.url}/health/live`)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
  });

  it("is the client's own behind a proxy of ours, and the proxy's where nobody trusts it", async () => {
    const from = (client: string) => ({ "x-forwarded-for": client });
    const statusesOf = async (trustedProxies: string[]) => {
      const fixture = await start({ address: { ...address, all: 1 } }, trustedProxies);
      const statuses = [];
      for (const client of ["198.51.100.1", "198.51.100.1", "198.51.100.2"]) {
        statuses.push((await post(fixture.url, "ListTasks", {}, from(client))).status);
      }
      return statuses;
    };
    expect(await statusesOf(["127.0.0.1"])).toEqual([401, 429, 401]);
    expect(await statusesOf([])).toEqual([401, 429, 429]);
  });
});
