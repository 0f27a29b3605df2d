import { randomBytes, randomUUID } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import { appIds } from "@todo/kit/services";
import { dataFolder } from "@todo/local/data-folder";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";
import { eventually } from "./eventually.ts";
import { leaks, logsOf, type Secret, secretsOf } from "./secrets.ts";
import { exchangeToken, userTransport } from "./user.ts";

/** What people trust the system with appears in nothing that it says of itself, whatever goes wrong. */
export function redactionSuite(bed: () => Bed): void {
  describe("no secret of a user or of the system", () => {
    const secrets: Secret[] = [];
    /** Stands in the logs and spans of what was done last: everything before it is there too. */
    const [lastRequest, lastTrace] = [randomUUID(), randomBytes(16).toString("hex")];

    beforeAll(async () => {
      secrets.push(...secretsOf(dataFolder(bed().folder)), ...(await confide(bed())));
      const user = await bed().signUp();
      secrets.push(...secretsOfUser(user));
      const headers = {
        "x-request-id": lastRequest,
        traceparent: `00-${lastTrace}-${randomBytes(8).toString("hex")}-01`,
      };
      const last = { title: word("last title") };
      const { task } = await user.client(TaskService).createTask(last, { headers });
      await eventually("the last change in the audit log", async () => {
        const { entries } = await user.client(AuditService).listEntries({ subject: task?.id ?? "" });
        return entries[0];
      });
    });

    it("is in the log of any process [R104]", async () => {
      const logs = await eventually("the last request in the logs", async () => {
        const all = logsOf(dataFolder(bed().folder));
        const told = all.filter(({ text }) => text.includes(lastRequest)).map(({ name }) => name);
        return told.some((name) => name.includes("task")) && told.some((name) => name.includes("gateway"))
          ? all
          : undefined;
      });
      expect(logs.length).toBeGreaterThanOrEqual(2 * appIds.length + 3);
      expect(leaks(secrets, logs)).toEqual([]);
    });

    it("is in any span [R112]", async () => {
      await eventually("the last delivery", async () =>
        bed().spans.find((span) => span.traceId === lastTrace && span.service === "audit"),
      );
      const exports = bed().exports.map((body) => Buffer.from(body).toString("latin1"));
      expect(leaks(secrets, [{ name: "spans", text: exports.join("\n") }])).toEqual([]);
    });

    it.each(appIds)("is on /metrics of %s [R107]", async (app) => {
      expect(leaks(secrets, [{ name: app, text: await bed().metrics(app) }])).toEqual([]);
    });

    it("would go unnoticed", () => {
      const [first] = secrets;
      expect(leaks(secrets, [{ name: "a log", text: `before ${first?.text} after` }])).toEqual([
        `${first?.name} in a log`,
      ]);
      expect(secrets.length).toBeGreaterThan(30);
      expect(secrets.filter(({ text }) => text.length < 8)).toEqual([]);
    });
  });

  /** A word that stands nowhere else. */
  function word(name: string): string {
    const text = `${name.replaceAll(" ", "-")}-${randomBytes(9).toString("hex")}`;
    made.push({ name, text });
    return text;
  }
  const made: Secret[] = [];

  function secretsOfUser({ email, password, token }: { email: string; password: string; token: string }) {
    return [
      { name: "address", text: email },
      { name: "password", text: password },
      ...token
        .split(".")
        .slice(1)
        .map((text) => ({ name: "session's token", text })),
    ];
  }

  /** A journey through everything that takes secrets, and through what goes wrong with them. */
  async function confide(bed: Bed): Promise<Secret[]> {
    const [password, address] = [word("password"), `${word("address")}@example.com`];
    const account = { name: word("name"), email: address, password };
    await postJson(`${bed.url}/api/auth/sign-up/email`, account);
    const signedIn = await postJson(`${bed.url}/api/auth/sign-in/email`, { email: address, password });
    const session = signedIn.headers.get("set-auth-token") ?? "";
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    await postJson(`${bed.url}/api/auth/sign-up/email`, account);
    await postJson(`${bed.url}/api/auth/sign-in/email`, { email: address, password: word("wrong password") });
    await postJson(`${bed.url}/api/auth/sign-in/email`, `{"email":"${word("broken body")}`);
    const token = await exchangeToken(bed.url, session);
    await useTasks(bed, token);
    const personal = await usePersonalToken(bed, token);
    await fetch(`${bed.url}/api/auth/get-session`, { headers: { cookie } });
    await fetch(`${bed.url}/nowhere?token=${word("query")}`);
    await misuseTokens(bed, [
      `${token.slice(0, -4)}AAAA`,
      word("no token"),
      `todo_pat_${word("no such token")}`,
    ]);
    await breakDatabase(bed, token);
    return [
      ...made,
      { name: "session", text: session },
      { name: "cookie", text: cookie.split("=")[1] ?? "" },
      { name: "personal token", text: personal },
      ...token
        .split(".")
        .slice(1)
        .map((text) => ({ name: "token", text })),
    ];
  }

  async function useTasks(bed: Bed, token: string): Promise<void> {
    const tasks = createClient(TaskService, userTransport(bed.url, token));
    const text = () => ({ title: word("title"), description: word("description"), tags: [word("tag")] });
    const requestId = randomUUID();
    const { task } = await tasks.createTask({ ...text(), requestId });
    const failing = [
      tasks.createTask({ ...text(), requestId }),
      tasks.createTask({ ...text(), description: word("long").repeat(1_000) }),
      tasks.createTask({ ...text(), subtaskOf: randomUUID() }),
      tasks.updateTask({ id: task?.id ?? "", title: word("title"), updateMask: { paths: ["nothing"] } }),
      tasks.listTasks({ pageToken: word("page token") }),
    ];
    const refused = await Promise.allSettled(failing);
    expect(refused.map(({ status }) => status)).toEqual(failing.map(() => "rejected"));
    await postJson(
      `${bed.url}/todo.task.v1.TaskService/CreateTask`,
      `{"title":"${word("broken title")}"`,
      token,
    );
    await postJson(`${bed.url}/todo.task.v1.TaskService/CreateTask`, { [word("unknown field")]: 1 }, token);
  }

  async function usePersonalToken(bed: Bed, token: string): Promise<string> {
    const tokens = createClient(TokenService, userTransport(bed.url, token));
    const name = word("name of a token");
    const { secret } = await tokens.createToken({ name, scopes: ["tasks:read"] });
    const tasks = createClient(TaskService, userTransport(bed.url, secret));
    await tasks.listTasks({});
    await tasks.createTask({ title: word("beyond the scope") }).catch(() => undefined);
    return secret;
  }

  async function misuseTokens(bed: Bed, tokens: readonly string[]): Promise<void> {
    for (const token of tokens) {
      const call = createClient(TaskService, userTransport(bed.url, token)).listTasks({});
      await expect(call).rejects.toThrow();
    }
  }

  /** Errors of the database carry statements, parameters and whole rows; here every change fails until it is mended. */
  async function breakDatabase(bed: Bed, token: string): Promise<void> {
    const admin = new pg.Client({ connectionString: bed.databaseUrl });
    await admin.connect();
    const tasks = createClient(TaskService, userTransport(bed.url, token));
    const tables = ["task.task", "identity.user"];
    try {
      for (const table of tables)
        await admin.query(`alter table ${table} add constraint refuse_all check (id is null) not valid`);
      await expect(tasks.createTask({ title: word("title refused") })).rejects.toThrow();
      const account = { name: word("name refused"), email: `${word("refused")}@example.com` };
      const password = word("password refused");
      const answer = await postJson(`${bed.url}/api/auth/sign-up/email`, { ...account, password });
      expect(answer.ok).toBe(false);
      // Row-level security keeps rows out of the database's log, but not from those it does not hold back.
      const refused = "insert into task.task (id, title) values (uuidv7(), $1)";
      await expect(admin.query(refused, [word("title of an operator")])).rejects.toThrow("null value");
      await admin.query("alter table task.task rename column title_key to gone");
      await expect(tasks.createTask({ title: word("title of no column") })).rejects.toThrow();
    } finally {
      await admin.query("alter table task.task rename column gone to title_key").catch(() => undefined);
      for (const table of tables)
        await admin.query(`alter table ${table} drop constraint if exists refuse_all`);
      await admin.end();
    }
  }

  function postJson(url: string, body: unknown, token?: string): Promise<Response> {
    return fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  }
}
