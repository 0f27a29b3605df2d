import { randomUUID } from "node:crypto";
import { type Client, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { kyselyOn, openPool, serviceUrl } from "@todo/kit/database";
import { reasonOf } from "@todo/kit/errors";
import { createLogger } from "@todo/kit/log";
import { directMesh, type Mesh } from "@todo/kit/mesh";
import type { Principal } from "@todo/kit/principal";
import type { RunningApp } from "@todo/kit/running-app";
import { type CapturingPublisher, capturingPublisher } from "@todo/kit/testing/capturing-publisher";
import { type SettableClock, settableClock } from "@todo/kit/testing/clock";
import { type TestDatabase, testDatabase } from "@todo/kit/testing/database";
import { type TestKeys, testKeys } from "@todo/kit/testing/keys";
import { type Proxy as TcpProxy, tcpProxy } from "@todo/kit/testing/proxy";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { type Task, TaskSchema } from "@todo/proto/todo/task/v1/task";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { expect } from "vitest";
import { startTaskApp } from "#src/app.ts";
import { readTaskConfig, type TaskConfig } from "#src/config.ts";
import { callsTo, testZones } from "./recurrence.ts";

export type TaskClient = Client<typeof TaskService>;
export type SeriesClient = Client<typeof SeriesService>;
export type Pool = ReturnType<typeof openPool>;

/** A running task service with everything around it that a test needs. */
export interface Bed extends AsyncDisposable {
  app: RunningApp;
  config: TaskConfig;
  clock: SettableClock;
  publisher: CapturingPublisher;
  keys: TestKeys;
  /** The way from the service to its database. */
  network: TcpProxy;
  /** A pool of the administrator, whom no wall stops. */
  admin: Pool;
  /** A pool of the service's role, as the service itself has it. */
  service: Pool;
  /** A client that calls in the name of a user. */
  as(userId: string, principal?: Partial<Principal>, app?: RunningApp): TaskClient;
  /** A client of series, in the name of a user; `issuer`: who vouches for the user. */
  seriesOf(userId: string, issuer?: "gateway" | "recurrence", app?: RunningApp): SeriesClient;
  /** A client without a user, as another service has it. */
  anonymous(): TaskClient;
  /** Another process of the service on the same database. */
  startAnother(overrides?: Partial<TaskConfig>, tzdata?: string): Promise<RunningApp>;
}

export const newUser = (): string => randomUUID();
export const newRequestId = (): string => randomUUID();

const silent = createLogger({ service: "task", level: "fatal" });

/** How long calls and writes wait where a test says nothing else: no result may depend on how fast a machine is. */
const patienceMs = 30_000;

export async function startBed(overrides: Partial<TaskConfig> = {}): Promise<Bed> {
  await using stack = new AsyncDisposableStack();
  const keys = testKeys();
  const database = stack.use(await testDatabase("task"));
  const url = new URL(database.adminUrl);
  const network = stack.use(await tcpProxy({ host: url.hostname, port: Number(url.port) }));
  url.port = String(network.port);
  const config = { ...configFor({ ...database, adminUrl: url.href }, keys), ...overrides };
  const clock = settableClock("2026-03-01T10:00:00Z");
  const publisher = capturingPublisher();
  const start = (more: Partial<TaskConfig> = {}, tzdata = testZones) =>
    startTaskApp(
      { ...config, ...more },
      { now: clock.now, publisher, log: silent, calls: callsTo(keys, clock.now, tzdata), tzdata },
    );
  const app = stack.use(await start());
  const clients = stack.adopt(new Map<RunningApp, Mesh>(), closeAll);
  const pools = poolsOf(stack, database);
  const transport = (to: RunningApp) => transportTo(clients, to, keys);
  const owned = stack.move();
  return {
    app,
    config,
    clock,
    publisher,
    keys,
    network,
    ...pools,
    as: (userId, principal = {}, to = app) =>
      createClient(
        TaskService,
        withHeaders(transport(to), () => keys.headers("task", { ...principal, userId })),
      ),
    seriesOf: (userId, issuer = "gateway", to = app) =>
      createClient(
        SeriesService,
        withHeaders(transport(to), () => keys.headers("task", { userId }, issuer)),
      ),
    anonymous: () => createClient(TaskService, transport(app)),
    startAnother: async (more, tzdata) => owned.use(await start(more, tzdata)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function configFor(database: Pick<TestDatabase, "adminUrl" | "rolePassword">, keys: TestKeys): TaskConfig {
  return readTaskConfig({
    GRPC_PORT: "0",
    ADMIN_PORT: "0",
    DATABASE_URL: database.adminUrl,
    DATABASE_ROLE_PASSWORD: database.rolePassword,
    KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1",
    APP_API_TOKEN: keys.appApiToken,
    KEY_BUNDLE: keys.keyBundle,
    SHUTDOWN_GRACE_MS: "2000",
    WRITE_WAIT_MS: String(patienceMs),
  });
}

function poolsOf(stack: AsyncDisposableStack, { adminUrl, rolePassword }: TestDatabase) {
  const open = (url: string, name: string) =>
    stack.adopt(openPool({ url, schema: "task", size: 3, name }), (pool) => pool.end());
  return {
    admin: open(adminUrl, "test admin"),
    service: open(serviceUrl(adminUrl, "todo_task", rolePassword), "test service"),
  };
}

function transportTo(meshes: Map<RunningApp, Mesh>, app: RunningApp, keys: TestKeys): Transport {
  let mesh = meshes.get(app);
  if (mesh === undefined) {
    const addresses = { task: `127.0.0.1:${app.port}` };
    const appApiTokens = { task: keys.appApiToken };
    mesh = directMesh({ addresses, appApiTokens, defaultTimeoutMs: patienceMs, log: silent });
    meshes.set(app, mesh);
  }
  return mesh.transport("task");
}

async function closeAll(meshes: Map<RunningApp, Mesh>): Promise<void> {
  await Promise.all([...meshes.values()].map((mesh) => mesh[Symbol.asyncDispose]()));
}

function withHeaders(transport: Transport, headers: () => Promise<Record<string, string>>): Transport {
  const merged = async (given: ConstructorParameters<typeof Headers>[0]) => {
    const all = new Headers(given);
    for (const [name, value] of Object.entries(await headers())) all.set(name, value);
    return all;
  };
  return {
    unary: async (method, signal, timeout, given, input, values) =>
      transport.unary(method, signal, timeout, await merged(given), input, values),
    stream: async (method, signal, timeout, given, input, values) =>
      transport.stream(method, signal, timeout, await merged(given), input, values),
  };
}

/** The error that a call ends with; the test fails if it ends well. */
export async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConnectError);
  return error as ConnectError;
}

/** The reason of the error that a call ends with. */
export async function reasonOfFailure(call: Promise<unknown>): Promise<string | undefined> {
  return reasonOf(await failureOf(call));
}

export async function createTask(
  client: TaskClient,
  request: Parameters<TaskClient["createTask"]>[0] = {},
): Promise<Task> {
  const { task } = await client.createTask({ title: "Buy milk", ...request });
  return required(task);
}

export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("expected a value");
  return value;
}

/** Every page of a list, by `pageSize`. `between` runs after each page. */
export async function allPages(
  client: TaskClient,
  request: Parameters<TaskClient["listTasks"]>[0],
  between: (page: number) => Promise<void> = async () => {},
): Promise<Task[]> {
  const tasks: Task[] = [];
  let pageToken = "";
  for (let page = 1; page <= 200; page++) {
    const answer = await client.listTasks({ ...request, pageToken });
    tasks.push(...answer.tasks);
    if (answer.nextPageToken === "") return tasks;
    pageToken = answer.nextPageToken;
    await between(page);
  }
  throw new Error("the list does not end");
}

export async function count(pool: Pool, table: string, userId?: string): Promise<number> {
  let query = kyselyOn(pool)
    .selectFrom(table)
    .select((eb) => eb.fn.countAll().as("count"));
  if (userId !== undefined) query = query.where("user_id", "=", userId);
  const { count } = await query.executeTakeFirstOrThrow();
  return Number(count);
}

/** Waits until a condition holds. */
export async function until(condition: () => Promise<boolean> | boolean, timeoutMs = 10_000): Promise<void> {
  await expect.poll(condition, { timeout: timeoutMs, interval: 20 }).toBe(true);
}

export { TaskSchema };
