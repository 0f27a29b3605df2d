import { connect } from "node:net";
import { fromBinary } from "@bufbuild/protobuf";
import type { Interceptor, ServiceImpl } from "@connectrpc/connect";
import { createAssertionVerifier } from "@todo/kit/assertion";
import { serviceInterceptors } from "@todo/kit/grpc/interceptors";
import { type Mount, mount, serveGrpc } from "@todo/kit/grpc/server";
import { createLogger, type Logger } from "@todo/kit/log";
import { directMesh } from "@todo/kit/mesh";
import { type Principal, principalKey } from "@todo/kit/principal";
import type { AppId } from "@todo/kit/services";
import { testKeys } from "@todo/kit/testing/keys";
import { ErrorInfoSchema } from "@todo/proto/google/rpc/error_details";
import { AuditService, type RecordAccessRequest } from "@todo/proto/todo/audit/v1/audit_service";
import { AuthService } from "@todo/proto/todo/identity/v1/auth_service";
import { SessionService } from "@todo/proto/todo/identity/v1/session_service";
import { TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { type GatewayOverrides, type RunningGateway, startGatewayApp } from "#src/app.ts";
import type { GatewayConfig } from "#src/config.ts";
import { defaultHosts } from "#src/hosts.ts";
import type { RateConfig } from "#src/rate/config.ts";
import { createFakeIdentity, type FakeIdentity } from "./fake-identity.ts";

export const publicUrl = "http://todo.test";

type TaskImpl = ServiceImpl<typeof TaskService>;

/** One call as a service behind the gateway received it. */
export interface Received {
  method: string;
  header: Headers;
  principal: Principal | undefined;
}

/** The real gateway before services that run in this process and speak real gRPC. */
export interface Fixture extends AsyncDisposable {
  gateway: RunningGateway;
  url: string;
  identity: FakeIdentity;
  /** What the task service does; a method that is not set answers with a task of the asked-for id. */
  task: Partial<TaskImpl>;
  /** What the task service received, without what the gateway asks for itself. */
  received: Received[];
  /** The refusals that the audit service recorded. */
  refusals: RecordAccessRequest[];
  /** What the gateway logged, one record per line. */
  logged: () => string;
  /** The gateway's clock. */
  clock: { now: Date };
}

/** More than any test calls. Those that are about the limits set their own. */
const plenty = { all: 1e6, read: 1e6, write: 1e6, expensive: 1e6, auth: 1e6 };
export const plentyOfRates: RateConfig = { address: plenty, user: plenty, programs: 1e6 };

export interface FixtureOptions {
  config?: Partial<GatewayConfig>;
  overrides?: GatewayOverrides;
  breaker?: { failures: number; openMs: number };
  /** Addresses in place of the fixture's own services. */
  addresses?: Partial<Record<AppId, string>>;
}

export async function startFixture(o: FixtureOptions = {}): Promise<Fixture> {
  await using stack = new AsyncDisposableStack();
  const clock = { now: new Date() };
  const keys = testKeys();
  const lines: string[] = [];
  const identity = await createFakeIdentity(o.config?.publicUrl ?? publicUrl, () => clock.now);
  const task: Partial<TaskImpl> = {};
  const received: Received[] = [];
  const refusals: RecordAccessRequest[] = [];
  const silent = createLogger({ service: "fake", destination: { write: () => undefined } });
  const shutdown = new AbortController();

  const serve = async (app: AppId, ...mounts: Mount[]) => {
    const verifier = createAssertionVerifier({ app, keyBundle: keys.keyBundle, now: () => clock.now });
    const interceptors = serviceInterceptors({ app, log: silent, appApiToken: keys.appApiToken, verifier });
    const server = await serveGrpc({
      port: 0,
      mounts,
      interceptors: [...interceptors, recorder(app, received)],
      shutdown: shutdown.signal,
      graceMs: 0,
      log: silent,
    });
    stack.use(server);
    return `127.0.0.1:${server.port}`;
  };
  const addresses = {
    task: await serve("task", mount(TaskService, taskService(task))),
    identity: await serve(
      "identity",
      mount(AuthService, identity.impl),
      mount(TokenService, identity.tokens),
      mount(SessionService, identity.openSessions),
    ),
    audit: await serve("audit", mount(AuditService, auditService(refusals))),
    ...o.addresses,
  };
  const { appApiToken } = keys;
  const appApiTokens = { task: appApiToken, identity: appApiToken, audit: appApiToken };
  const log: Logger = createLogger({
    service: "gateway",
    level: "debug",
    destination: { write: (line) => void lines.push(line) },
  });
  const mesh = stack.use(
    directMesh({ addresses, appApiTokens, log, breaker: o.breaker ?? { failures: 1000 } }),
  );
  const config: GatewayConfig = {
    host: "127.0.0.1",
    port: 0,
    admin: { host: "127.0.0.1", port: 0 },
    allowedHosts: defaultHosts("todo.test"),
    publicUrl,
    corsOrigins: [],
    sidecar: { grpcPort: 0, httpPort: 0, apiToken: "" },
    signingKey: keys.signingKey("gateway"),
    trustedProxies: [],
    rates: plentyOfRates,
    maxCalls: 100,
    maxCallsPerUser: 100,
    maxUnprovenPerAddress: 100,
    maxPasswordChecks: 100,
    maxPasswordChecksPerAddress: 100,
    maxConnections: 200,
    maxConnectionsPerAddress: 200,
    shutdownGraceMs: 5000,
    shutdownLingerMs: 0,
    logLevel: "debug",
    ...o.config,
  };
  const gateway = stack.use(
    await startGatewayApp(config, { mesh, log, now: () => clock.now, ...o.overrides }),
  );
  // Being ready includes having the keys of identity, so that no test meets the gateway's first asking for them.
  if (!o.addresses?.identity && !config.tls) {
    await until(async () => {
      const ready = await fetch(`${gateway.url}/health/ready`);
      await ready.text();
      return ready.ok;
    });
  }
  const owned = stack.move();
  return {
    gateway,
    url: gateway.url,
    identity,
    task,
    received,
    refusals,
    logged: () => lines.join(""),
    clock,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Polls until something holds; rejects after 10 s. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; !(await condition()); ) {
    if (Date.now() > end) throw new Error("it did not come to that within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Whether nobody listens there any more. */
export function refuses(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(false)).once("error", () => resolve(true));
    socket.once("connect", () => socket.destroy());
  });
}

/** Calls a method as curl would: JSON over POST. */
export async function post(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: ErrorBody & Record<string, unknown>; headers: Headers }> {
  const response = await fetch(`${url}/todo.task.v1.TaskService/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text), headers: response.headers };
}

/** An error as Connect's JSON has it. */
export interface ErrorBody {
  code?: string;
  message?: string;
  details?: { type: string; value: string; debug?: Record<string, unknown> }[];
}

/** The reason in an error's ErrorInfo. */
export function reasonIn(body: ErrorBody): unknown {
  const value = body.details?.find(({ type }) => type === "google.rpc.ErrorInfo")?.value;
  if (value === undefined) return undefined;
  return fromBinary(ErrorInfoSchema, Buffer.from(value, "base64")).reason;
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Every method asks `task` at the time of the call, and answers with an empty message where that says nothing. */
function taskService(task: Partial<TaskImpl>): TaskImpl {
  const delegates = TaskService.methods.map(({ localName }) => [
    localName,
    (request: never, context: never) => {
      const impl = (task as Record<string, ((request: never, context: never) => unknown) | undefined>)[
        localName
      ];
      return impl?.(request, context) ?? {};
    },
  ]);
  return Object.fromEntries(delegates) as TaskImpl;
}

function auditService(refusals: RecordAccessRequest[]): ServiceImpl<typeof AuditService> {
  return {
    listEntries: () => ({}),
    verifyChain: () => ({}),
    recordAccess(request) {
      refusals.push(request);
      return {};
    },
  };
}

function recorder(app: AppId, received: Received[]): Interceptor {
  return (next) => (request) => {
    const { parent, name } = request.method;
    if (app === "task") {
      received.push({
        method: `${parent.typeName}/${name}`,
        header: new Headers(request.header),
        principal: request.contextValues.get(principalKey),
      });
    }
    return next(request);
  };
}
