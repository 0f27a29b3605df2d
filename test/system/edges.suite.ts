import { randomBytes, randomUUID } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import { operatorOf } from "@todo/local/events/operator";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { RecurrenceService } from "@todo/proto/todo/recurrence/v1/recurrence_service";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";
import { eventually } from "./eventually.ts";
import type { Span } from "./otlp.ts";
import { type User, userTransport } from "./user.ts";

/**
 * Who causes what in whom, and by what way. A call or a topic that joins two apps anew belongs in here, with something
 * in the journey that takes it.
 */
const expected = [
  "gateway → task over the mesh",
  "gateway → identity over the mesh",
  "gateway → audit over the mesh",
  "gateway → recurrence over the mesh",
  "task → audit over task.events",
  "task → audit over task.audit",
  "task → audit over task.recurring",
  "task → recurrence over task.recurring",
  "task → recurrence over the mesh",
  "recurrence → task over the mesh",
  "identity → audit over user.events",
  "identity → audit over task.audit",
  "identity → task over user.events",
  "identity → recurrence over user.events",
  "audit → task over the mesh",
  "audit → recurrence over the mesh",
];

/** Every way from one app to another is one trace: no context is lost at a hop or across the broker. */
export function edgesSuite(bed: () => Bed): void {
  describe("the edges between apps", () => {
    const traceId = randomBytes(16).toString("hex");
    const seen = () => edgesOf(bed().spans.filter((span) => span.traceId === traceId));

    beforeAll(async () => {
      await takeEveryWay(bed(), `00-${traceId}-${randomBytes(8).toString("hex")}-01`);
    });

    it.each(expected)("are in one trace: %s [R105, R112]", async (edge) => {
      await eventually(edge, async () => (seen().has(edge) ? edge : undefined));
    });

    it("are no others than these", async () => {
      await eventually("all edges", async () =>
        expected.every((edge) => seen().has(edge)) ? true : undefined,
      );
      expect([...seen()].filter((edge) => !expected.includes(edge))).toEqual([]);
    });
  });
}

/** The edges of one trace: each where a span hangs under a span of another app. */
function edgesOf(spans: readonly Span[]): Set<string> {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return new Set(
    spans.flatMap((span) => {
      const parent = byId.get(span.parentSpanId);
      if (parent === undefined || parent.service === span.service) return [];
      // The delivery by the sidecar, and the consumption by the app.
      const [, topic] = /^(?:pubsub\/|consume )(.+)$/.exec(span.name) ?? [];
      return [`${parent.service} → ${span.service} over ${topic ?? "the mesh"}`];
    }),
  );
}

async function takeEveryWay(bed: Bed, traceparent: string): Promise<void> {
  const headers = { traceparent };
  const user = await bed.signUp();
  await signUp(bed.url, headers);
  await refusedSignIn(bed.url, headers, user.email);
  const client = createClient(TaskService, userTransport(bed.url, user.token));
  await client.createTask({ title: "on its way" }, { headers });
  await repeat(bed, user, headers);
  const other = await bed.signUp();
  const { task } = await other.client(TaskService).createTask({ title: "of somebody else" });
  await client.getTask({ id: task?.id ?? "" }, { headers }).catch(() => undefined);
  await user.client(TokenService).listTokens({}, { headers });
  await user.client(AuditService).listEntries({}, { headers });
  await user.client(RecurrenceService).validateRule({ rrule: "FREQ=DAILY" }, { headers });
  await using operator = await operatorOf(bed.folder);
  const proof = await operator.call();
  await operator.admin.listParked({}, { ...proof, headers: { ...proof.headers, ...headers } });
}

/** A task that repeats is done. The next one is made in the trace of what it follows. */
async function repeat(bed: Bed, user: User, headers: Record<string, string>): Promise<void> {
  const transport = userTransport(bed.url, user.token);
  const tasks = createClient(TaskService, transport);
  const { task } = await tasks.createTask({ title: "again and again" });
  const taskId = task?.id ?? "";
  const recurrence = { rrule: "FREQ=DAILY" };
  await createClient(SeriesService, transport).setRecurrence({ taskId, recurrence }, { headers });
  await tasks.completeTask({ id: taskId }, { headers });
}

function signUp(url: string, headers: Record<string, string>): Promise<void> {
  const password = randomBytes(18).toString("base64url");
  const account = { name: "Test", email: `edge-${randomUUID()}@example.com`, password };
  return post(`${url}/api/auth/sign-up/email`, headers, account, 200);
}

function refusedSignIn(url: string, headers: Record<string, string>, email: string): Promise<void> {
  return post(`${url}/api/auth/sign-in/email`, headers, { email, password: "not the password" }, 401);
}

async function post(url: string, headers: Record<string, string>, body: unknown, status: number) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect([answer.status, await answer.text().then((text) => text.length > 0)]).toEqual([status, true]);
}
