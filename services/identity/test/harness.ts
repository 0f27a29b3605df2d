import { randomUUID } from "node:crypto";
import { type Client, createClient } from "@connectrpc/connect";
import { decodeEvent, parseCloudEvent } from "@todo/kit/cloud-event";
import { openPool } from "@todo/kit/database";
import type { DomainEvent } from "@todo/kit/event";
import { eventRegistry } from "@todo/kit/event-catalogue";
import { createLogger } from "@todo/kit/log";
import { directMesh } from "@todo/kit/mesh";
import type { EventPublisher } from "@todo/kit/publisher";
import type { RunningApp } from "@todo/kit/running-app";
import { type TestDatabase, testDatabase } from "@todo/kit/testing/database";
import { type TestKeys, testKeys } from "@todo/kit/testing/keys";
import { AccountService } from "@todo/proto/todo/identity/v1/account_service";
import { AuthService } from "@todo/proto/todo/identity/v1/auth_service";
import { ProfileService } from "@todo/proto/todo/identity/v1/profile_service";
import { SessionService } from "@todo/proto/todo/identity/v1/session_service";
import { TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { startIdentityApp } from "../src/app.ts";
import type { IdentityConfig } from "../src/config.ts";
import { schema } from "../src/migrations.ts";

export const publicUrl = "http://todo.test";

/** The true service on free ports over a database of its own, with true clients and a broker that keeps what it gets. */
export interface TestIdentity extends AsyncDisposable {
  app: RunningApp;
  config: IdentityConfig;
  keys: TestKeys;
  accounts: Client<typeof AccountService>;
  profiles: Client<typeof ProfileService>;
  tokens: Client<typeof TokenService>;
  sessions: Client<typeof SessionService>;
  /** Everything the service logged so far. */
  logged: () => string;
  /** A caller of the gateway's, with a cookie jar. */
  browser(options?: BrowserOptions): Browser;
  /** What was published so far, in the broker's order. Waits until the outbox is empty. */
  published(): Promise<DomainEvent[]>;
  /** Runs SQL as the administrator, who sees everything. */
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

export interface TestIdentityOptions {
  config?: Partial<IdentityConfig>;
  now?: () => Date;
  /** What the broker waits for before it takes anything. */
  brokerReady?: Promise<void>;
  /** To start again on what an earlier one left. */
  on?: TestIdentity;
}

export async function startIdentity(o: TestIdentityOptions = {}): Promise<TestIdentity> {
  await using stack = new AsyncDisposableStack();
  const database = o.on === undefined ? stack.use(await testDatabase("identity")) : undefined;
  const keys = o.on?.keys ?? testKeys();
  const config = { ...(o.on?.config ?? defaults(required(database), keys)), ...o.config };
  const lines: string[] = [];
  const log = createLogger({ service: "identity", destination: { write: (line) => void lines.push(line) } });
  const events: DomainEvent[] = [];
  const publisher = capturing(events, o.brokerReady);
  const app = stack.use(await startIdentityApp(config, { log, publisher, ...(o.now && { now: o.now }) }));
  const mesh = stack.use(
    directMesh({
      addresses: { identity: `127.0.0.1:${app.port}` },
      appApiTokens: { identity: keys.appApiToken },
      // Passwords are slow to check on purpose, and many at once wait for each other.
      defaultTimeoutMs: 60_000,
      log,
    }),
  );
  const auth = createClient(AuthService, mesh.transport("identity"));
  const admin = openPool({ url: config.databaseUrl, schema, size: 1, name: "test" });
  stack.defer(() => admin.end());
  const owned = stack.move();
  return {
    app,
    config,
    keys,
    accounts: createClient(AccountService, mesh.transport("identity")),
    profiles: createClient(ProfileService, mesh.transport("identity")),
    tokens: createClient(TokenService, mesh.transport("identity")),
    sessions: createClient(SessionService, mesh.transport("identity")),
    logged: () => lines.join(""),
    browser: (options) => createBrowser(auth, config.publicUrl, options),
    async published() {
      app.relay?.kick();
      await app.relay?.drained({ timeoutMs: 20_000 });
      return [...events];
    },
    sql: async (text, values) => (await admin.query(text, values)).rows,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function defaults(database: TestDatabase, keys: TestKeys): IdentityConfig {
  return {
    host: "127.0.0.1",
    grpcPort: 0,
    adminPort: 0,
    logLevel: "info",
    shutdownGraceMs: 1_000,
    appApiToken: keys.appApiToken,
    keyBundle: keys.keyBundle,
    databaseUrl: database.adminUrl,
    databaseRolePassword: database.rolePassword,
    databasePoolSize: 5,
    databaseIdleMs: 30_000,
    topicsNaming: "canonical",
    keyRotationSeconds: 3_600,
    kafka: { brokers: [] },
    outboxCap: 50_000,
    failpoints: {},
    publicUrl,
    authSecret: randomUUID() + randomUUID(),
    trustedOrigins: [],
    signInsPerMinute: 100,
    callsPerMinute: 1200,
    passwordsAtOnce: 2,
    passwordsWaiting: 128,
    passwordWaitMs: 30_000,
    sweepMs: 3_600_000,
  };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("missing");
  return value;
}

/** Keeps every record as the event that a consumer would make of it, so each is valid against its contract. */
function capturing(events: DomainEvent[], ready = Promise.resolve()): EventPublisher {
  return {
    async append(topic, partition, records) {
      await ready;
      for (const { key, value, headers } of records) {
        const record = { topic, partition, offset: BigInt(events.length), key, value, headers };
        events.push(decodeEvent(parseCloudEvent(value), record, eventRegistry));
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}

export interface BrowserOptions {
  /** As the gateway saw it. */
  address?: string;
  /** Sent with every request. */
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json(): Record<string, unknown>;
}

export interface Browser {
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  signUp(user?: {
    email?: string;
    password?: string;
    name?: string;
    zone?: string;
    locale?: string;
  }): Promise<User>;
}

export interface User {
  id: string;
  email: string;
  password: string;
}

function createBrowser(auth: Client<typeof AuthService>, origin: string, o: BrowserOptions = {}): Browser {
  const cookies = new Map<string, string>();
  async function send(
    method: string,
    path: string,
    extra: Record<string, string>,
    body?: string,
  ): Promise<Answer> {
    const headers: Record<string, string> = { origin, ...o.headers, ...extra };
    if (cookies.size > 0) headers["cookie"] = [...cookies].map((pair) => pair.join("=")).join("; ");
    const response = await auth.exchange({
      method,
      path,
      headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
      ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }),
      clientAddress: o.address ?? "192.0.2.1",
    });
    const received = new Headers();
    for (const { name, value } of response.headers) received.append(name, value);
    keep(cookies, received.getSetCookie());
    const text = new TextDecoder().decode(response.body);
    return { status: response.status, headers: received, text, json: () => JSON.parse(text) };
  }
  const browser: Browser = {
    get: (path, headers = {}) => send("GET", path, headers),
    post: (path, body = {}, headers = {}) =>
      send("POST", path, { "content-type": "application/json", ...headers }, JSON.stringify(body)),
    async signUp(user = {}) {
      const asked = { name: "Ada", email: `${randomUUID()}@todo.test`, password: randomUUID(), ...user };
      const answer = await browser.post("/api/auth/sign-up/email", asked);
      if (answer.status !== 200) throw new Error(`sign-up: ${answer.status} ${answer.text}`);
      const { email, password } = asked;
      const signedIn = await browser.post("/api/auth/sign-in/email", { email, password });
      if (signedIn.status !== 200) throw new Error(`sign-in: ${signedIn.status} ${signedIn.text}`);
      const { id } = signedIn.json()["user"] as { id: string };
      return { id, email, password };
    },
  };
  return browser;
}

function keep(cookies: Map<string, string>, received: string[]): void {
  for (const cookie of received) {
    const [name = "", value = ""] = (cookie.split(";")[0] ?? "").split(/=(.*)/s);
    if (/max-age=0/i.test(cookie)) cookies.delete(name);
    else cookies.set(name, value);
  }
}
