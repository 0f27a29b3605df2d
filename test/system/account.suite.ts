import { randomUUID } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { AccountService } from "@todo/proto/todo/identity/v1/account_service";
import { SessionService } from "@todo/proto/todo/identity/v1/session_service";
import { TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { TaskFilter_Trash } from "@todo/proto/todo/task/v1/task_filter";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";
import { eventually } from "./eventually.ts";
import { readTopic } from "./topic.ts";
import { signInAgain, type User } from "./user.ts";

/** An account as a whole: where it is signed in, what it holds, and its end. */
export function accountSuite(bed: () => Bed): void {
  describe("an account", () => {
    let user: User;
    let taskIds: string[];
    const secret = `secret ${randomUUID()}`;

    beforeAll(async () => {
      user = await bed().signUp();
      const tasks = user.client(TaskService);
      const made = await Promise.all([1, 2].map((n) => tasks.createTask({ title: `${secret} ${n}` })));
      taskIds = made.map(({ task }) => task?.id ?? "");
      await tasks.deleteTask({ id: taskIds[1] ?? "" });
      await user.client(TokenService).createToken({ name: secret, scopes: ["tasks:read"] });
    });

    it("knows which of its sessions asks [R090]", async () => {
      const { sessions } = await user.client(SessionService).listSessions({});
      expect(sessions.map(({ current }) => current)).toEqual([true]);
    });

    it("ends another of its sessions, which stands in its audit log [R090, R160]", async () => {
      await signInAgain(bed().url, user);
      const { sessions } = await user.client(SessionService).listSessions({});
      const { id } = sessions.find(({ current }) => !current) ?? { id: "" };
      await user.client(SessionService).revokeSession({ id });
      const entry = await eventually("the entry of the end", async () => {
        return (await user.client(AuditService).listEntries({ subject: id })).entries[0];
      });
      expect(entry.type).toBe("todo.identity.v1.SessionEnded");
      expect(JSON.parse(entry.dataJson)).toMatchObject({ sessionId: id, userId: user.id });
    });

    it("can be taken out whole: what identity, task and audit hold of the user", async () => {
      const taken = await user.client(AccountService).exportAccount({});
      expect(taken).toMatchObject({
        profile: { userId: user.id, email: user.email },
        tokens: [{ name: secret }],
      });
      const { tasks } = await user
        .client(TaskService)
        .listTasks({ filter: { trash: TaskFilter_Trash.WITH } });
      expect(tasks.map(({ id }) => id).sort()).toEqual([...taskIds].sort());
      const entries = await eventually("the entries of both tasks", async () => {
        const found = await user.client(AuditService).listEntries({ type: "todo.task.v1.TaskCreated" });
        return found.entries.length === 2 ? found.entries : undefined;
      });
      for (const { dataJson } of entries) expect(dataJson).toContain(secret);
    });

    it("leaves nothing readable anywhere once it is erased [R053]", async () => {
      await user.client(AccountService).eraseAccount({ password: user.password });
      await eventually("the end of the user's key", async () => {
        const [key] = await bed().sql("select wrapped from audit.user_key where user_id = $1", [user.id]);
        return key?.["wrapped"] === null ? key : undefined;
      });
      await eventually("the end of the user's tasks", async () => {
        const [marked] = await bed().sql(
          "select erase_time from task.user_counter where user_id = $1 and erase_time is not null",
          [user.id],
        );
        return marked;
      });
      expect(await rowsWith(bed(), secret)).toEqual([]);
      expect(await rowsWith(bed(), user.email)).toEqual([]);
      const tables = (await rowsWith(bed(), user.id)).map((row) => row.split(":")[0]);
      expect([...new Set(tables)].sort()).toEqual([
        "audit.chain_head",
        "audit.entry",
        "audit.user_key",
        "task.user_counter",
      ]);
    });

    it("leaves a tombstone for each task on the topic that keeps the newest state", async () => {
      await eventually("the tombstones", async () => {
        const records = await readTopic(bed().kafka, "task.state");
        const newest = taskIds.map((id) => records.findLast(({ key }) => key === id));
        return newest.every((record) => record && record.event === undefined) || undefined;
      });
    });

    it("opens nothing any more with the credentials that it had", async () => {
      // Whether the session is over is asked every 30 seconds, and 5 later if identity does not answer at once.
      const refused = await eventually("the refusal of the last token", () =>
        user
          .client(TaskService)
          .listTasks({})
          .then(() => undefined, ConnectError.from),
      );
      expect([refused.code, reasonOf(refused)]).toEqual([Code.Unauthenticated, "CREDENTIALS_INVALID"]);
    });
  });
}

/** Every row of every table in which a text stands, once nothing waits for the broker any more. */
async function rowsWith(bed: Bed, text: string): Promise<string[]> {
  await eventually("empty outboxes", async () => {
    const [waiting] = await bed.sql(
      `select (select count(*) from task.outbox) + (select count(*) from identity.outbox)
         + (select count(*) from audit.outbox) as rows`,
    );
    return waiting?.["rows"] === "0" || undefined;
  });
  const tables = await bed.sql(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('task', 'identity', 'audit') and table_type = 'BASE TABLE'`,
  );
  const found = tables.map(async ({ name }) => {
    const rows = await bed.sql(`select t::text as row from ${name} t where t::text like $1`, [`%${text}%`]);
    return rows.map(({ row }) => `${name}: ${row}`);
  });
  return (await Promise.all(found)).flat();
}
