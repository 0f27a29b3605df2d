import { openPool, serviceUrl } from "@todo/kit/database";
import type { IncomingRecord } from "@todo/kit/event";
import { createLogger } from "@todo/kit/log";
import { directMesh } from "@todo/kit/mesh";
import type { RunningApp } from "@todo/kit/running-app";
import { type CapturingPublisher, capturingPublisher } from "@todo/kit/testing/capturing-publisher";
import { type SettableClock, settableClock } from "@todo/kit/testing/clock";
import { testDatabase } from "@todo/kit/testing/database";
import { type TestKeys, testKeys } from "@todo/kit/testing/keys";
import { expect, vi } from "vitest";
import { startRecurrenceApp } from "#src/app.ts";
import { type RecurrenceConfig, readRecurrenceConfig } from "#src/config.ts";
import { type FakeTask, startFakeTask } from "./fake-task.ts";

type Pool = ReturnType<typeof openPool>;
export interface Replica {
  tzdata?: string;
  failpoints?: string;
}

export interface BedOptions extends Replica {
  /** How long an advance belongs to who claimed it. */
  leaseMs?: number;
  /** How often to look for advances that wait. */
  pollMs?: number;
}

/** A running recurrence service with everything around it that a test needs. */
export interface Bed extends AsyncDisposable {
  app: RunningApp;
  task: FakeTask;
  clock: SettableClock;
  publisher: CapturingPublisher;
  keys: TestKeys;
  /** The environment of a process of its own, which takes the fake task for its sidecar. */
  environment: Record<string, string>;
  /** A pool of the administrator, whom no wall stops. */
  admin: Pool;
  /** A pool of the service's role. */
  service: Pool;
  /** Delivers as the sidecar does: the answer is SUCCESS. */
  deliver(record: IncomingRecord, app?: RunningApp): Promise<void>;
  /** Delivers what the advances published until they publish no more. */
  settled(): Promise<void>;
  /** Waits until no advance waits. */
  drained(): Promise<void>;
  /** Lets time go by, unless an advance is under way: each ends at the time at which it began. */
  pass(ms: number): Promise<void>;
  /** Another process of the service on the same database. */
  startAnother(replica?: Replica): Promise<RunningApp>;
}

const log = createLogger({ service: "recurrence", level: "silent" });

export async function startBed({ leaseMs = 30_000, pollMs = 20, ...first }: BedOptions = {}): Promise<Bed> {
  await using stack = new AsyncDisposableStack();
  const keys = testKeys();
  const { adminUrl, rolePassword } = stack.use(await testDatabase("recurrence"));
  const task = stack.use(await startFakeTask(keys, log));
  const clock = settableClock("2026-05-01T12:00:00Z");
  const publisher = capturingPublisher();
  const environment = environmentOf({ adminUrl, rolePassword, keys, leaseMs, pollMs });
  const addresses = { task: `127.0.0.1:${task.port}` };
  const breaker = { failures: 1_000 };
  const mesh = stack.use(directMesh({ addresses, appApiTokens: { task: keys.appApiToken }, log, breaker }));
  const start = ({ tzdata, failpoints }: Replica) => {
    const config: RecurrenceConfig = readRecurrenceConfig({ ...environment, FAILPOINTS: failpoints });
    const zones = tzdata === undefined ? {} : { tzdata };
    return startRecurrenceApp(config, { now: clock.now, publisher, log, mesh, ...zones });
  };
  const app = stack.use(await start(first));
  const pool = (url: string) =>
    stack.adopt(openPool({ url, schema: "recurrence", size: 2, name: "test" }), (open) => open.end());
  const admin = pool(adminUrl);
  const drained = () =>
    vi.waitFor(
      async () =>
        expect((await admin.query("select * from pending_advance where park_time is null")).rows).toEqual([]),
      { timeout: 40_000, interval: 20 },
    );
  const underWay =
    "select from pending_advance where park_time is null and (lease is not null or due_time <= $1)";
  const deliver = async (record: IncomingRecord, to = app) =>
    expect(await to.subscriber?.deliver(record)).toBe("SUCCESS");
  const service = pool(serviceUrl(adminUrl, "todo_recurrence", rolePassword));
  const owned = stack.move();
  return {
    app,
    task,
    clock,
    publisher,
    keys,
    environment: { ...environment, DAPR_GRPC_PORT: `${task.port}`, DAPR_API_TOKEN: keys.appApiToken },
    admin,
    service,
    deliver,
    drained,
    async pass(ms) {
      if ((await admin.query(underWay, [clock.now()])).rowCount === 0) clock.advance(ms);
    },
    async settled() {
      await drained();
      for (let record = task.published.shift(); record !== undefined; record = task.published.shift()) {
        await deliver(record);
        await drained();
      }
    },
    startAnother: async (replica = {}) => owned.use(await start(replica)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function environmentOf(o: {
  adminUrl: string;
  rolePassword: string;
  keys: TestKeys;
  leaseMs: number;
  pollMs: number;
}): Record<string, string> {
  return {
    GRPC_PORT: "0",
    ADMIN_PORT: "0",
    DATABASE_URL: o.adminUrl,
    DATABASE_ROLE_PASSWORD: o.rolePassword,
    KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1",
    APP_API_TOKEN: o.keys.appApiToken,
    KEY_BUNDLE: o.keys.keyBundle,
    SIGNING_KEY: o.keys.signingKey("recurrence"),
    SHUTDOWN_GRACE_MS: "1000",
    ADVANCE_POLL_MS: `${o.pollMs}`,
    ADVANCE_LEASE_MS: `${o.leaseMs}`,
    WAKE_MS: "20",
    SWEEP_MS: "100",
  };
}
