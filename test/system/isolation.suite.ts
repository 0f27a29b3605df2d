import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { methodRule } from "@todo/kit/policy";
import { catalogue } from "@todo/kit/services";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { SessionService } from "@todo/proto/todo/identity/v1/session_service";
import { TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import {
  TaskService,
  BatchUpdateTasksRequest_Transition as Transition,
} from "@todo/proto/todo/task/v1/task_service";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";
import { eventually } from "./eventually.ts";
import { type User, userTransport } from "./user.ts";

/** What belongs to somebody else. */
interface Foreign {
  taskId: string;
  tokenId: string;
  sessionId: string;
  seriesId: string;
}

/** What an exposed method must do for somebody else's thing. */
type Rule = {
  expect: "not_found" | "no_foreign_row" | "password_wrong";
  request: (foreign: Foreign) => object;
};

const rules: Record<string, Rule> = {
  "todo.task.v1.TaskService.CreateTask": { expect: "no_foreign_row", request: () => ({ title: "mine" }) },
  "todo.task.v1.TaskService.GetTask": { expect: "not_found", request: ({ taskId: id }) => ({ id }) },
  "todo.task.v1.TaskService.ListTasks": { expect: "no_foreign_row", request: () => ({ pageSize: 100 }) },
  "todo.task.v1.TaskService.UpdateTask": {
    expect: "not_found",
    request: ({ taskId: id }) => ({ id, title: "stolen", updateMask: { paths: ["title"] } }),
  },
  "todo.task.v1.TaskService.CompleteTask": { expect: "not_found", request: ({ taskId: id }) => ({ id }) },
  "todo.task.v1.TaskService.ReopenTask": { expect: "not_found", request: ({ taskId: id }) => ({ id }) },
  "todo.task.v1.TaskService.DeleteTask": { expect: "not_found", request: ({ taskId: id }) => ({ id }) },
  "todo.task.v1.TaskService.RestoreTask": { expect: "not_found", request: ({ taskId: id }) => ({ id }) },
  "todo.task.v1.TaskService.BatchUpdateTasks": {
    expect: "not_found",
    request: ({ taskId: id }) => ({
      selection: { case: "targets", value: { targets: [{ id }] } },
      action: { case: "transition", value: Transition.DELETE },
    }),
  },
  "todo.task.v1.TaskService.ListTags": { expect: "no_foreign_row", request: () => ({}) },
  "todo.task.v1.TaskService.RenameTag": {
    expect: "no_foreign_row",
    request: () => ({ name: "secret", newName: "stolen" }),
  },
  "todo.task.v1.TaskService.ExplainUrgency": {
    expect: "not_found",
    request: ({ taskId }) => ({ ids: [taskId] }),
  },
  "todo.task.v1.TaskService.Undo": {
    // A token counts within the changes of its user: here it means Mallory's own first one.
    expect: "no_foreign_row",
    request: () => ({ undoToken: "u1-1-1" }),
  },
  "todo.task.v1.TaskService.ListTaskHistory": {
    expect: "not_found",
    request: ({ taskId: id }) => ({ id }),
  },
  "todo.task.v1.TaskService.ListChanges": { expect: "no_foreign_row", request: () => ({ pageSize: 100 }) },
  "todo.task.v1.SeriesService.SetRecurrence": {
    expect: "not_found",
    request: ({ taskId }) => ({ taskId, recurrence: { rrule: "FREQ=DAILY" } }),
  },
  "todo.task.v1.SeriesService.ClearRecurrence": {
    expect: "not_found",
    request: ({ taskId }) => ({ taskId }),
  },
  "todo.task.v1.SeriesService.SkipOccurrence": {
    expect: "not_found",
    request: ({ taskId }) => ({ taskId }),
  },
  "todo.task.v1.SeriesService.GetSeries": {
    expect: "not_found",
    request: ({ seriesId: id }) => ({ id }),
  },
  "todo.task.v1.SeriesService.ListSeries": { expect: "no_foreign_row", request: () => ({ pageSize: 100 }) },
  "todo.audit.v1.AuditService.ListEntries": {
    expect: "no_foreign_row",
    request: () => ({ pageSize: 100, type: "todo.task.v1.TaskCreated" }),
  },
  "todo.audit.v1.AuditService.VerifyChain": { expect: "no_foreign_row", request: () => ({}) },
  "todo.identity.v1.ProfileService.GetProfile": { expect: "no_foreign_row", request: () => ({}) },
  "todo.identity.v1.ProfileService.UpdateProfile": {
    expect: "no_foreign_row",
    request: () => ({ updateMask: { paths: ["display_name"] }, displayName: "Mallory" }),
  },
  "todo.identity.v1.AccountService.ExportAccount": { expect: "no_foreign_row", request: () => ({}) },
  "todo.identity.v1.AccountService.EraseAccount": {
    expect: "password_wrong",
    request: () => ({ password: "not the one" }),
  },
  "todo.identity.v1.TokenService.CreateToken": {
    expect: "no_foreign_row",
    request: () => ({ name: "mine", scopes: ["tasks:read"] }),
  },
  "todo.identity.v1.TokenService.ListTokens": {
    expect: "no_foreign_row",
    request: () => ({ pageSize: 100 }),
  },
  "todo.identity.v1.TokenService.RevokeTokens": { expect: "no_foreign_row", request: () => ({}) },
  "todo.identity.v1.TokenService.RevokeToken": {
    expect: "not_found",
    request: ({ tokenId: id }) => ({ id }),
  },
  "todo.identity.v1.SessionService.ListSessions": {
    expect: "no_foreign_row",
    request: () => ({ pageSize: 100 }),
  },
  "todo.identity.v1.SessionService.RevokeSession": {
    expect: "not_found",
    request: ({ sessionId: id }) => ({ id }),
  },
  "todo.identity.v1.SessionService.RevokeOtherSessions": { expect: "no_foreign_row", request: () => ({}) },
  "todo.recurrence.v1.RecurrenceService.ValidateRule": {
    expect: "no_foreign_row",
    request: () => ({ rrule: "FREQ=DAILY" }),
  },
  "todo.recurrence.v1.RecurrenceService.PreviewOccurrences": {
    expect: "no_foreign_row",
    request: () => ({ rrule: "FREQ=DAILY", dtstart: "2026-01-01T09:00:00" }),
  },
  "todo.recurrence.v1.RecurrenceService.DescribeRule": {
    expect: "no_foreign_row",
    request: () => ({ rrule: "FREQ=DAILY" }),
  },
  "todo.recurrence.v1.RecurrenceService.ParseRuleText": {
    expect: "no_foreign_row",
    request: () => ({ text: "every other Friday at 9" }),
  },
};

const exposed = catalogue.flatMap(({ service }) =>
  service.methods.filter((method) => methodRule(method).exposed),
);

/** Nobody sees or touches what belongs to somebody else, by any method. */
export function isolationSuite(bed: () => Bed): void {
  describe("tenant isolation", () => {
    let alice: User;
    let mallory: User;
    let foreign: Foreign;

    beforeAll(async () => {
      [alice, mallory] = await Promise.all([bed().signUp(), bed().signUp()]);
      await mallory.client(TaskService).createTask({ title: "mine" });
      const { task } = await alice
        .client(TaskService)
        .createTask({ title: `secret of ${alice.id}`, tags: ["secret"] });
      const { token } = await alice
        .client(TokenService)
        .createToken({ name: `secret of ${alice.id}`, scopes: ["tasks:read"] });
      const { sessions } = await alice.client(SessionService).listSessions({});
      const seriesId = await seriesOf(alice);
      const [taskId, tokenId, sessionId] = [task?.id ?? "", token?.id ?? "", sessions[0]?.id ?? ""];
      foreign = { taskId, tokenId, sessionId, seriesId };
    });

    it("has a rule for every exposed method and for no other", () => {
      expect(Object.keys(rules).sort()).toEqual(exposed.map(fullName).sort());
    });

    it.each(exposed.map((method) => [fullName(method), method] as const))(
      "%s gives nothing of another user away [R032, R033]",
      async (name, method) => {
        const rule = rules[name];
        if (rule === undefined) throw new Error(`no rule for ${name}`);
        const answer = await call(bed(), mallory, method, rule.request(foreign)).catch(ConnectError.from);
        if (rule.expect === "not_found")
          expect(answer).toMatchObject({ code: Code.NotFound, rawMessage: notFound(method) });
        else if (rule.expect === "password_wrong")
          expect(answer).toMatchObject({ code: Code.PermissionDenied });
        else expect(answer).not.toBeInstanceOf(ConnectError);
        expect(text(answer)).not.toContain(alice.id);
        if (rule.expect === "no_foreign_row") {
          for (const id of Object.values(foreign)) expect(text(answer)).not.toContain(id);
        }
      },
    );

    it("leaves the task as it was", async () => {
      const { task } = await alice.client(TaskService).getTask({ id: foreign.taskId });
      expect(task).toMatchObject({ title: `secret of ${alice.id}`, tags: ["secret"], userSeq: 1n });
    });

    it("leaves the personal access token as it was", async () => {
      const { tokens } = await alice.client(TokenService).listTokens({});
      expect(tokens.map(({ id, revokeTime }) => [id, revokeTime])).toEqual([[foreign.tokenId, undefined]]);
    });

    it("leaves the session as it was", async () => {
      const { sessions } = await alice.client(SessionService).listSessions({});
      expect(sessions.map(({ id, current }) => [id, current])).toEqual([[foreign.sessionId, true]]);
    });

    it("records each refusal in the log of the one who was refused [R160]", async () => {
      const refused = Object.keys(rules).filter((name) => rules[name]?.expect === "not_found");
      const facts = await eventually(
        "an entry for every refusal",
        async () => {
          const { entries } = await mallory
            .client(AuditService)
            .listEntries({ type: "todo.audit.v1.AccessRefused" });
          // A password that is wrong is refused for another reason.
          const found = entries
            .map((entry) => JSON.parse(entry.dataJson))
            .filter(({ reason }) => reason !== "PASSWORD_WRONG");
          // Of more than ten for one reason in a minute the others are counted by one entry, a minute later.
          const told = found.reduce((sum, { count }) => sum + (count ?? 1), 0);
          return told >= refused.length ? found : undefined;
        },
        120_000,
      );
      for (const { method } of facts) expect(refused).toContain(method.replace("/", "."));
      for (const fact of facts.filter(({ count }) => count === undefined)) {
        const { tokenId, sessionId, seriesId } = foreign;
        const subjects = {
          TOKEN_NOT_FOUND: tokenId,
          SESSION_NOT_FOUND: sessionId,
          SERIES_NOT_FOUND: seriesId,
        };
        const subject = subjects[fact.reason as keyof typeof subjects] ?? foreign.taskId;
        expect(fact).toMatchObject({ userId: mallory.id, subject });
      }
    });
  });
}

/** The series of another task of the user. */
async function seriesOf(user: User): Promise<string> {
  const { task } = await user.client(TaskService).createTask({ title: `repeats for ${user.id}` });
  const recurrence = { rrule: "FREQ=DAILY" };
  const made = await user.client(SeriesService).setRecurrence({ taskId: task?.id ?? "", recurrence });
  return made.series?.id ?? "";
}

function notFound({ parent, name }: DescMethod): string {
  if (name === SeriesService.method.getSeries.name) return "series not found";
  if (parent.typeName === SessionService.typeName) return "session not found";
  return parent.typeName === TokenService.typeName ? "token not found" : "task not found";
}

function fullName(method: DescMethod): string {
  return `${method.parent.typeName}.${method.name}`;
}

async function call(bed: Bed, user: User, method: DescMethod, request: object): Promise<unknown> {
  const client = createClient(method.parent, userTransport(bed.url, user.token)) as unknown as Record<
    string,
    (request: object) => Promise<unknown>
  >;
  const rpc = client[method.localName];
  if (rpc === undefined) throw new Error(`no method ${method.localName}`);
  return rpc(request);
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner)) ?? "";
}
