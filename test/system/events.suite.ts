import { randomBytes } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";
import { eventually } from "./eventually.ts";
import type { Span } from "./otlp.ts";
import { readTopic } from "./topic.ts";
import { userTransport } from "./user.ts";

/** What a user does becomes an event, and the event becomes a line in the audit log. */
export function eventsSuite(bed: () => Bed): void {
  describe("events", () => {
    it("carry a change from the gateway to the audit log [R045, R061, R074]", async () => {
      const user = await bed().signUp();
      const tasks = user.client(TaskService);
      const { task } = await tasks.createTask({ title: "Buy milk" });
      const id = task?.id ?? "";
      await tasks.completeTask({ id });
      const types = await eventually("two entries", async () => {
        const { entries } = await user.client(AuditService).listEntries({ subject: id });
        return entries.length >= 2 ? entries.map((entry) => entry.type) : undefined;
      });
      expect(types).toEqual(["todo.task.v1.TaskCompleted", "todo.task.v1.TaskCreated"]);
      expect(await user.client(AuditService).verifyChain({})).toMatchObject({
        intact: true,
        firstBrokenNumber: 0n,
      });
    });

    it("lie on Kafka once each, keyed by their stream [R047, R056, R059]", async () => {
      const user = await bed().signUp();
      const { task } = await user.client(TaskService).createTask({ title: "On Kafka" });
      const records = await eventually("the record", async () => {
        const all = await readTopic(bed().kafka, "task.events");
        const mine = all.filter((record) => record.event?.subject === task?.id);
        return mine.length > 0 ? mine : undefined;
      });
      expect(records).toHaveLength(1);
      expect(records[0]).toMatchObject({
        key: task?.streamId,
        event: { type: "todo.task.v1.TaskCreated", data: { context: { userId: user.id, userSeq: "1" } } },
      });
    });

    it("keep one trace from the caller over the gateway, task and Kafka to the audit log [R105, R112]", async () => {
      const user = await bed().signUp();
      const traceId = randomBytes(16).toString("hex");
      const caller = randomBytes(8).toString("hex");
      const traceparent = `00-${traceId}-${caller}-01`;
      const client = createClient(TaskService, userTransport(bed().url, user.token));
      const { task } = await client.createTask({ title: "Traced" }, { headers: { traceparent } });
      const entry = await eventually("the entry", async () => {
        const { entries } = await user.client(AuditService).listEntries({ subject: task?.id ?? "" });
        return entries[0];
      });
      const records = await readTopic(bed().kafka, "task.events");
      const record = records.find((candidate) => candidate.event?.subject === task?.id);
      expect(record?.event?.traceparent?.slice(3, 35)).toBe(traceId);
      expect(entry.traceId).toBe(traceId);
      const [root] = await eventually("one tree of spans of every service and of the delivery", async () => {
        const spans = bed().spans.filter((span) => span.traceId === traceId);
        const seen = new Set(spans.flatMap(({ service, name }) => [service, name]));
        const complete = ["gateway", "task", "audit", "pubsub/task.events"].every((each) => seen.has(each));
        const roots = rootsOf(spans);
        const whole = complete && roots.length === 1 && roots[0]?.parentSpanId === caller;
        return whole ? roots : undefined;
      });
      expect(root).toMatchObject({ service: "gateway", name: "todo.task.v1.TaskService/CreateTask" });
    });
  });
}

/** The spans whose parent is not among the spans: one per trace if no edge is broken. */
function rootsOf(spans: readonly Span[]): Span[] {
  const ids = new Set(spans.map((span) => span.spanId));
  return spans.filter((span) => !ids.has(span.parentSpanId));
}
