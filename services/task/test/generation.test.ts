import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createAssertionIssuer } from "@todo/kit/assertion";
import { createLogger } from "@todo/kit/log";
import { createMemoryBus } from "@todo/kit/memory-bus";
import { directMesh, type Mesh } from "@todo/kit/mesh";
import { type SettableClock, settableClock } from "@todo/kit/testing/clock";
import { testDatabase } from "@todo/kit/testing/database";
import { testKeys } from "@todo/kit/testing/keys";
import {
  Recurrence_Anchor as Anchor,
  Recurrence_Missed as Missed,
  Series_State as State,
} from "@todo/proto/todo/task/v1/series";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { DueSchema, type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { startRecurrenceApp } from "@todo/recurrence/app";
import { readRecurrenceConfig } from "@todo/recurrence/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTaskApp } from "#src/app.ts";
import { readTaskConfig } from "#src/config.ts";
import { newUser, required, type SeriesClient, type TaskClient } from "./fixture.ts";
import { berlin, dueOf } from "./series-fixture.ts";

const log = createLogger({ service: "task", level: "fatal" });
const stack = new AsyncDisposableStack();
let clock: SettableClock;
let clientsOf: (userId: string, zone?: string) => Promise<{ tasks: TaskClient; series: SeriesClient }>;

/** Both services as they are, with a bus in memory between them where Kafka would be. */
beforeAll(async () => {
  const keys = testKeys();
  clock = settableClock("2026-03-20T10:00:00Z");
  const bus = stack.use(createMemoryBus());
  const database = stack.use(await testDatabase("task"));
  const env = (app: "task" | "recurrence") => ({
    GRPC_PORT: "0",
    ADMIN_PORT: "0",
    DATABASE_URL: database.adminUrl,
    DATABASE_ROLE_PASSWORD: database.rolePassword,
    KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1",
    APP_API_TOKEN: keys.appApiToken,
    KEY_BUNDLE: keys.keyBundle,
    SIGNING_KEY: keys.signingKey(app),
    SHUTDOWN_GRACE_MS: "2000",
  });
  let way: Mesh | undefined;
  const mesh: Mesh = {
    transport: (app) => ({
      unary: (...call) =>
        required(way)
          .transport(app)
          .unary(...call),
      stream: (...call) =>
        required(way)
          .transport(app)
          .stream(...call),
    }),
    async [Symbol.asyncDispose]() {},
  };
  const overrides = { log, publisher: bus.publisher, now: clock.now };
  const calls = { mesh, issuer: createAssertionIssuer({ app: "task", signingKey: keys.signingKey("task") }) };
  const task = stack.use(await startTaskApp(readTaskConfig(env("task")), { ...overrides, calls }));
  const config = readRecurrenceConfig(env("recurrence"));
  const recurrence = stack.use(await startRecurrenceApp(config, { ...overrides, mesh }));
  for (const { subscriber } of [task, recurrence]) bus.subscribe(required(subscriber));
  const [addresses, token] = [[task, recurrence].map(({ port }) => `127.0.0.1:${port}`), keys.appApiToken];
  const [ofTask = "", ofRecurrence = ""] = addresses;
  way = stack.use(
    directMesh({
      addresses: { task: ofTask, recurrence: ofRecurrence },
      appApiTokens: { task: token, recurrence: token },
      log,
    }),
  );
  clientsOf = async (userId, zone = "UTC") => {
    const headers = await keys.headers("task", { userId, zone });
    const transport = required(way).transport("task");
    const own: typeof transport = {
      ...transport,
      unary: (method, signal, timeout, _, input, values) =>
        transport.unary(method, signal, timeout, headers, input, values),
    };
    return { tasks: createClient(TaskService, own), series: createClient(SeriesService, own) };
  };
});
afterAll(() => stack.disposeAsync());

/** Waits until something is so. Time passes meanwhile: an advance that did not get through is put off for a while. */
async function eventually<T>(look: () => Promise<T>, want: T): Promise<void> {
  const passing = () => {
    clock.advance(100);
    return look();
  };
  await expect.poll(passing, { timeout: 30_000 }).toEqual(want);
}

/** A user with a task that repeats. */
async function repeatingTask(due: string, rrule: string, anchor: Anchor = Anchor.SCHEDULE) {
  const { tasks, series } = await clientsOf(newUser());
  const { task } = await tasks.createTask({ title: "Report", due: berlin(due) });
  const made = await series.setRecurrence({ taskId: required(task).id, recurrence: { rrule, anchor } });
  const seriesId = required(made.series).id;
  const open = async () => {
    const filter = { seriesId, statuses: [TaskStatus.OPEN] };
    return (await tasks.listTasks({ filter })).tasks;
  };
  /** The one that is open once another one is. */
  const nextAfter = async (former: Task): Promise<Task> => {
    await eventually(async () => (await open()).map(({ id }) => id !== former.id), [true]);
    return required((await open())[0]);
  };
  const seriesNow = async () => required((await series.getSeries({ id: seriesId })).series);
  return { tasks, first: required(made.task), open, nextAfter, seriesNow };
}

describe("the last Friday of the month at 17:00 in Berlin", () => {
  it("has one next task, right to the minute, done early, late, twice at once and after months [R019] [R023]", async () => {
    const rrule = "FREQ=MONTHLY;BYDAY=-1FR";
    const { tasks, first, nextAfter, seriesNow } = await repeatingTask("2026-03-27T16:00:00Z", rrule);
    await tasks.completeTask({ id: first.id });
    const april = await nextAfter(first);
    expect(dueOf(april)).toBe("2026-04-24T15:00:00.000Z");
    clock.advance(Date.parse("2026-04-28T10:00:00Z") - clock.now().getTime());
    await tasks.completeTask({ id: april.id });
    const may = await nextAfter(april);
    expect(dueOf(may)).toBe("2026-05-29T15:00:00.000Z");
    await Promise.all([1, 2].map(() => tasks.completeTask({ id: may.id })));
    const june = await nextAfter(may);
    expect(dueOf(june)).toBe("2026-06-26T15:00:00.000Z");
    clock.advance(Date.parse("2026-10-03T10:00:00Z") - clock.now().getTime());
    await tasks.completeTask({ id: june.id });
    const september = await nextAfter(june);
    expect(dueOf(september)).toBe("2026-09-25T15:00:00.000Z");
    expect((await seriesNow()).skippedCount).toBe(2);
    await tasks.completeTask({ id: september.id });
    const october = await nextAfter(september);
    expect(dueOf(october)).toBe("2026-10-30T16:00:00.000Z");
    expect(october).toMatchObject({ parentTaskId: first.id, streamId: first.streamId });
  });
});

describe("a series of three", () => {
  it("ends with its third, and taking a completion back in between adds none [R022]", async () => {
    const rrule = "FREQ=YEARLY;COUNT=3";
    const { tasks, first, open, nextAfter, seriesNow } = await repeatingTask("2027-01-01T08:00:00Z", rrule);
    let latest = first;
    for (const number of [2, 3]) {
      const { undoToken } = await tasks.completeTask({ id: latest.id });
      await nextAfter(latest);
      await tasks.undo({ undoToken });
      expect((await open()).map(({ id }) => id)).toEqual([latest.id]);
      const hasty = await tasks.completeTask({ id: latest.id });
      await tasks.undo({ undoToken: hasty.undoToken });
      await tasks.completeTask({ id: latest.id });
      latest = await nextAfter(latest);
      expect((await seriesNow()).number).toBe(number);
    }
    await tasks.completeTask({ id: latest.id });
    await eventually(async () => (await seriesNow()).state, State.EXHAUSTED);
    expect(await open()).toEqual([]);
  });
});

describe("a series that counts from completions", () => {
  it("has exactly one next task of each completion ahead, also where that comes to a time once more", async () => {
    clock.advance(Date.parse("2027-02-01T12:00:00Z") - clock.now().getTime());
    const rrule = "FREQ=DAILY;INTERVAL=7";
    const repeats = await repeatingTask("2027-02-11T08:00:00Z", rrule, Anchor.COMPLETION);
    const { tasks, first, open, nextAfter, seriesNow } = repeats;
    let latest = first;
    for (const name of ["2027-02-08T09:00:00", "2027-02-08T09:00:00.2", "2027-02-08T09:00:00.3"]) {
      await tasks.completeTask({ id: latest.id });
      latest = await nextAfter(latest);
      expect([latest.recurrenceId, dueOf(latest)]).toEqual([name, "2027-02-08T08:00:00.000Z"]);
    }
    const { undoToken } = await tasks.completeTask({ id: latest.id });
    await nextAfter(latest);
    await tasks.undo({ undoToken });
    expect((await open()).map(({ id }) => id)).toEqual([latest.id]);
    await tasks.completeTask({ id: latest.id });
    expect((await nextAfter(latest)).recurrenceId).toBe("2027-02-08T09:00:00.4");
    expect(await seriesNow()).toMatchObject({ number: 5, skippedCount: 0 });
    const all = (await tasks.listTasks({ filter: { seriesId: required(first.seriesId) } })).tasks;
    expect(all).toHaveLength(5);
  });
});

describe("a task that is due on a day", () => {
  const dueOn = (date: string) => create(DueSchema, { kind: { case: "allDay", value: date } });

  it.each([
    ["FREQ=DAILY;BYHOUR=9", "2027-12-02", "2027-12-01T20:00:00.000Z", "2027-12-02T20:00:00.000Z"],
    ["FREQ=DAILY;BYHOUR=9,17", "2027-12-02", "2027-12-01T20:00:00.000Z", "2027-12-02T04:00:00.000Z"],
    ["FREQ=DAILY;BYMINUTE=30", "2027-12-02", "2027-12-01T11:30:00.000Z", "2027-12-02T11:30:00.000Z"],
    [
      "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9;BYMINUTE=30",
      "2027-12-02",
      "2027-12-01T20:30:00.000Z",
      "2027-12-05T20:30:00.000Z",
    ],
  ])(
    "is due at a time, on the clock of its user, once it repeats by %s",
    async (rrule, date, first, second) => {
      clock.advance(Math.max(Date.parse("2027-11-30T10:00:00Z") - clock.now().getTime(), 0));
      const { tasks, series } = await clientsOf(newUser(), "Pacific/Auckland");
      const { task } = await tasks.createTask({ title: "Pills", due: dueOn(date) });
      const made = await series.setRecurrence({ taskId: required(task).id, recurrence: { rrule } });
      expect(made.series).toMatchObject({
        recurrence: { tzid: "Pacific/Auckland" },
        template: { allDay: false },
      });
      expect(dueOf(required(made.task))).toBe(first);
      await tasks.completeTask({ id: required(task).id });
      const filter = { seriesId: required(made.series).id, statuses: [TaskStatus.OPEN] };
      const open = async () => (await tasks.listTasks({ filter })).tasks.map(dueOf);
      await eventually(open, [second]);
    },
  );
});

describe("a user in Auckland who names no zone", () => {
  it("has a series on the clock of the profile [R023]", async () => {
    clock.advance(Math.max(Date.parse("2027-12-09T20:00:00Z") - clock.now().getTime(), 0));
    const { tasks, series } = await clientsOf(newUser(), "Pacific/Auckland");
    const due = create(DueSchema, { kind: { case: "allDay", value: "2027-12-01" } });
    const follow = async (recurrence: object) => {
      const { task } = await tasks.createTask({ title: "Walk", due });
      const made = await series.setRecurrence({ taskId: required(task).id, recurrence: recurrence });
      await tasks.completeTask({ id: required(task).id });
      const filter = { seriesId: required(made.series).id, statuses: [TaskStatus.OPEN] };
      const open = async () => (await tasks.listTasks({ filter })).tasks.map(({ due: at }) => at?.kind.value);
      return { filter, open };
    };
    // It is the tenth there, in the morning.
    const toNext = await follow({ rrule: "FREQ=DAILY", missed: Missed.SKIP_TO_NEXT });
    await eventually(toNext.open, ["2027-12-10"]);
    const anew = await follow({ rrule: "FREQ=DAILY;INTERVAL=2", anchor: Anchor.COMPLETION });
    await eventually(anew.open, ["2027-12-12"]);
  });
});

describe("a task without a due date", () => {
  it.each([
    ["FREQ=DAILY;BYHOUR=9", "2028-01-04T09:00:00.000Z"],
    ["FREQ=DAILY;BYHOUR=15", "2028-01-03T15:00:00.000Z"],
    ["FREQ=DAILY;BYHOUR=14;BYMINUTE=45", "2028-01-03T14:45:00.000Z"],
    ["FREQ=DAILY", "2028-01-03T14:38:00.000Z"],
  ])("that repeats by %s falls due first at a full minute to come, or hour", async (rrule, first) => {
    clock.advance(Math.max(Date.parse("2028-01-03T14:37:25Z") - clock.now().getTime(), 0));
    const { tasks, series } = await clientsOf(newUser());
    const { task } = await tasks.createTask({ title: "Stretch" });
    const made = await series.setRecurrence({ taskId: required(task).id, recurrence: { rrule } });
    expect(dueOf(required(made.task))).toBe(first);
  });
});

describe("a task that repeats every eight hours", () => {
  it("has its next task eight hours on, over a change of the clocks, and counted from completions if wanted", async () => {
    clock.advance(Math.max(Date.parse("2028-03-25T15:00:00Z") - clock.now().getTime(), 0));
    const rrule = "FREQ=HOURLY;INTERVAL=8";
    const pills = await repeatingTask("2028-03-25T16:00:00Z", rrule);
    let latest = pills.first;
    for (const due of ["2028-03-26T00:00:00.000Z", "2028-03-26T08:00:00.000Z"]) {
      await pills.tasks.completeTask({ id: latest.id });
      latest = await pills.nextAfter(latest);
      expect(dueOf(latest)).toBe(due);
    }
    expect(latest.recurrenceId).toBe("2028-03-26T10:00:00");
    const anew = await repeatingTask("2028-03-25T16:00:00Z", rrule, Anchor.COMPLETION);
    const done = required((await anew.tasks.completeTask({ id: anew.first.id })).task?.completeTime);
    const next = new Date((Number(done.seconds) + 8 * 3_600) * 1_000).toISOString();
    expect(dueOf(await anew.nextAfter(anew.first))).toBe(next);
  });

  it("has both tasks of the hour that the clock has twice", async () => {
    clock.advance(Math.max(Date.parse("2028-10-28T20:00:00Z") - clock.now().getTime(), 0));
    const hourly = await repeatingTask("2028-10-29T00:30:00Z", "FREQ=HOURLY");
    await hourly.tasks.completeTask({ id: hourly.first.id });
    const second = await hourly.nextAfter(hourly.first);
    expect([second.recurrenceId, dueOf(second)]).toEqual([
      "2028-10-29T02:30:00.2",
      "2028-10-29T01:30:00.000Z",
    ]);
    await hourly.tasks.completeTask({ id: second.id });
    expect(dueOf(await hourly.nextAfter(second))).toBe("2028-10-29T02:30:00.000Z");
  });

  it("begins now if it is due today, and at midnight if it is due on another day", async () => {
    clock.advance(Math.max(Date.parse("2028-11-03T14:37:25Z") - clock.now().getTime(), 0));
    const { tasks, series } = await clientsOf(newUser());
    const firstOf = async (date: string) => {
      const due = create(DueSchema, { kind: { case: "allDay", value: date } });
      const { task } = await tasks.createTask({ title: "Pills", due });
      const recurrence = { rrule: "FREQ=HOURLY;INTERVAL=8" };
      return dueOf(required((await series.setRecurrence({ taskId: required(task).id, recurrence })).task));
    };
    expect(await firstOf("2028-11-03")).toBe("2028-11-03T14:38:00.000Z");
    expect(await firstOf("2028-11-05")).toBe("2028-11-05T00:00:00.000Z");
  });
});
