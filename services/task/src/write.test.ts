import { create } from "@bufbuild/protobuf";
import { type ErrorReason, reasonName } from "@todo/kit/errors";
import type { Principal } from "@todo/kit/principal";
import { CreateTaskRequestSchema, TaskService } from "@todo/proto/todo/task/v1/task_service";
import { describe, expect, it } from "vitest";
import type { DatabasePool } from "./database.ts";
import { Priority } from "./domain/content.ts";
import { created, Task } from "./domain/task.ts";
import { createTurns } from "./turns.ts";
import { createWriter } from "./write.ts";

const now = new Date("2026-03-01T10:00:00Z");
const principal: Principal = {
  userId: "019ca8d7-2d00-7b51-b7d2-914464620001",
  actor: "person",
  issuer: "gateway",
  scopes: [],
  zone: "UTC",
  locale: "en",
  requestId: "r",
};

const taskId = "019ca8d7-2d00-7b51-b7d2-91446462a21e";

type Outcome = "saved" | "stale" | Error;

function databaseError(code: string, constraint?: string): Error {
  return Object.assign(new Error("of the database"), { code, constraint });
}

/** A pool whose saves end as listed, and then well. `log` holds the statements, those of a transaction marked. */
function scripted(outcomes: Outcome[]): DatabasePool & { log: string[] } {
  const log: string[] = [];
  const query =
    (mark: string): DatabasePool["query"] =>
    async ({ name }) => {
      log.push(`${mark}${name}`);
      if (name === "load") return { rows: [{ newest: "4", requestHash: null, response: null, id: null }] };
      if (name !== "save") return { rows: [] };
      const outcome = outcomes.shift() ?? "saved";
      if (outcome instanceof Error) throw outcome;
      return { rows: [{ saved: outcome === "saved" }] };
    };
  return {
    log,
    query: query(""),
    connect: async () => ({ query: query("tx "), release: () => log.push("tx released") }),
  };
}

function writing(outcomes: Outcome[], requestId = "") {
  const database = scripted(outcomes);
  let kicks = 0;
  const relay = { depth: () => 0, kick: () => kicks++ };
  const turns = createTurns({ waitMs: 1_000 });
  const failpoints = { hit: () => {} };
  const write = createWriter({
    databaseFor: () => database,
    relay,
    turns,
    now: () => now,
    failpoints,
    outboxCap: 10,
    waitMs: 1_000,
    taskQuota: 10,
  });
  const content = {
    title: "x",
    description: "",
    priority: Priority.medium,
    tags: [],
    due: null,
    subtaskOf: null,
    dependsOn: [],
    completeWithSubtasks: false,
    reminderMinutes: [],
  };
  const call = () =>
    write({
      method: TaskService.method.createTask,
      request: create(CreateTaskRequestSchema, { title: "x", requestId }),
      principal,
      signal: new AbortController().signal,
      taskIds: [],
      blind: true,
      decide: () => ({
        changes: [{ task: Task.create(taskId, principal.userId, content, now), change: created }],
        answer: ({ userSeq }) => ({ userSeq }),
      }),
    });
  return { call, database, kicks: () => kicks };
}

async function reasonOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return reasonName((error as { reason: ErrorReason }).reason);
}

describe("a write", () => {
  it("takes one round trip where the user's newest change is known, and two where it is not", async () => {
    const { call, database, kicks } = writing([]);
    expect((await call()).userSeq).toBe(5n);
    expect((await call()).userSeq).toBe(6n);
    expect(database.log).toEqual(["load", "save", "save"]);
    expect(kicks()).toBe(2);
  });

  it.each<[what: string, outcome: Outcome]>([
    ["another process was faster", "stale"],
    ["the database gave it up for another one", databaseError("40001")],
    ["it was the victim of a deadlock", databaseError("40P01")],
    ["its twin was stored meanwhile", databaseError("23505", "answer_pkey")],
  ])("begins anew if %s", async (_, outcome) => {
    const { call, database } = writing(["saved", outcome]);
    await call();
    expect((await call()).userSeq).toBe(5n);
    expect(database.log).toEqual(["load", "save", "save", "load", "save"]);
  });

  it("locks its user if others are faster three times, and so gets through", async () => {
    const { call, database, kicks } = writing(["stale", "stale", "stale"]);
    expect((await call()).userSeq).toBe(5n);
    const hopeful = ["load", "save", "load", "save", "load", "save"];
    const locked = ["tx begin", "tx lock-user", "tx load", "tx save", "tx commit", "tx released"];
    expect(database.log).toEqual([...hopeful, ...locked]);
    expect(kicks()).toBe(1);
  });

  it("ends after six attempts", async () => {
    const { call, database } = writing(Array.from({ length: 9 }, (): Outcome => "stale"));
    expect(await reasonOf(call())).toBe("DEPENDENCY_UNAVAILABLE");
    expect(database.log.filter((name) => name.endsWith("save"))).toHaveLength(6);
  });

  it("rolls back and gives its connection back if the database fails under the lock", async () => {
    const { call, database } = writing(["stale", "stale", "stale", databaseError("57P01")]);
    await call().catch(() => undefined);
    expect(database.log.slice(-3)).toEqual(["tx save", "tx rollback", "tx released"]);
  });

  it.each<[requestId: string, reason: string]>([
    ["12345678", "REQUEST_IN_FLIGHT"],
    ["", "DEPENDENCY_UNAVAILABLE"],
  ])("does not wait for a lock for ever: request_id '%s'", async (requestId, reason) => {
    const timeout = Object.assign(databaseError("55P03"), {
      cause: Object.assign(new Error("x"), { code: "ETIMEDOUT" }),
    });
    const { call, kicks } = writing([timeout], requestId);
    expect(await reasonOf(call())).toBe(reason);
    expect(kicks()).toBe(0);
  });

  it("forgets what it knew of the user when it cannot tell whether it was stored", async () => {
    const { call, database } = writing(["saved", databaseError("ECONNRESET")]);
    await call();
    expect(await reasonOf(call())).toBe("DEPENDENCY_UNAVAILABLE");
    await call();
    expect(database.log).toEqual(["load", "save", "save", "load", "save"]);
  });
});
