import { randomBytes } from "node:crypto";
import { type CallOptions, type Client, createClient } from "@connectrpc/connect";
import { openPool } from "@todo/kit/database";
import { createLogger } from "@todo/kit/log";
import { createMemoryBus, type MemoryBus } from "@todo/kit/memory-bus";
import { directMesh } from "@todo/kit/mesh";
import type { RunningApp } from "@todo/kit/running-app";
import { testDatabase } from "@todo/kit/testing/database";
import { type TestKeys, testKeys } from "@todo/kit/testing/keys";
import {
  AppCallback,
  TopicEventResponse_TopicEventResponseStatus as Status,
} from "@todo/proto/dapr/proto/runtime/v1/appcallback";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import type { Entry } from "@todo/proto/todo/audit/v1/entry";
import { EventAdminService } from "@todo/proto/todo/audit/v1/event_admin_service";
import { ParkedEventsService } from "@todo/proto/todo/audit/v1/parked_events_service";
import { startAuditApp } from "#src/app.ts";
import type { AuditConfig } from "#src/config.ts";
import type { Delivery } from "./delivery.ts";

/** The service as it runs, with clients for all who call it. */
export interface AuditFixture extends AsyncDisposable {
  app: RunningApp;
  config: AuditConfig;
  keys: TestKeys;
  bus: MemoryBus;
  audit: Client<typeof AuditService>;
  admin: Client<typeof EventAdminService>;
  parked: Client<typeof ParkedEventsService>;
  /** What the operator olga sends along. */
  asOperator(): Promise<CallOptions>;
  /** What the gateway sends along with a call on behalf of a user. */
  as(userId: string): Promise<CallOptions>;
  /** Delivers as the own sidecar does. */
  deliver(delivery: Delivery): Promise<keyof typeof Status | undefined>;
  /** All entries of a user, newest first. */
  entriesOf(userId: string): Promise<Entry[]>;
  /** Runs SQL as the administrator, whom nothing stops. */
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Runs SQL as the service's own role. */
  sqlAsService(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

export const log = createLogger({ service: "audit", level: "silent" });

export async function startAudit(over: Partial<AuditConfig> = {}): Promise<AuditFixture> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await testDatabase("audit"));
  const keys = testKeys();
  const config = { ...configOf(database, keys), ...over };
  const bus = stack.use(createMemoryBus());
  const app = stack.use(await startAuditApp(config, { log, publisher: bus.publisher }));
  const transport = stack.use(meshTo(app.port, keys)).transport("audit");
  const audit = createClient(AuditService, transport);
  const sidecar = createClient(AppCallback, transport);
  const as = async (userId: string) => ({ headers: await keys.headers("audit", { userId }) });
  const asOperator = async () => ({ headers: await keys.headers("audit", { userId: "olga" }, "operator") });

  const owned = stack.move();
  return {
    app,
    config,
    keys,
    bus,
    audit,
    admin: createClient(EventAdminService, transport),
    parked: createClient(ParkedEventsService, transport),
    as,
    asOperator,
    deliver: async ({ request, headers }) =>
      nameOf((await sidecar.onTopicEvent(request, { headers })).status),
    entriesOf: async (userId) => allEntries(audit, await as(userId)),
    sql: (text, values) => query(database.adminUrl, text, values),
    sqlAsService: (text, values) => query(serviceUrlOf(config), text, values),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export function configOf(database: { adminUrl: string; rolePassword: string }, keys: TestKeys): AuditConfig {
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
    databasePoolSize: 8,
    databaseIdleMs: 30_000,
    topicsNaming: "canonical",
    kafka: { brokers: [] },
    failpoints: {},
    masterKey: randomBytes(32),
    sidecar: undefined,
    inboxSweepMs: 100,
    heldRefusalsMs: 100,
  };
}

export function meshTo(port: number, keys: TestKeys) {
  const addresses = { audit: `127.0.0.1:${port}` };
  return directMesh({ addresses, appApiTokens: { audit: keys.appApiToken }, log });
}

function serviceUrlOf(config: AuditConfig): string {
  const url = new URL(config.databaseUrl);
  url.username = "todo_audit";
  url.password = config.databaseRolePassword;
  return url.href;
}

async function query(url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  await using stack = new AsyncDisposableStack();
  const pool = stack.adopt(openPool({ url, schema: "audit", size: 1, name: "test" }), (open) => open.end());
  return (await pool.query(text, values)).rows;
}

async function allEntries(audit: Client<typeof AuditService>, call: CallOptions): Promise<Entry[]> {
  const entries: Entry[] = [];
  let pageToken = "";
  do {
    const page = await audit.listEntries({ pageSize: 100, pageToken }, call);
    entries.push(...page.entries);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return entries;
}

function nameOf(status: number) {
  const names = Object.keys(Status) as (keyof typeof Status)[];
  return names.find((name) => Status[name] === status);
}
