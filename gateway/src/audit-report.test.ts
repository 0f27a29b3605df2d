import type { Client } from "@connectrpc/connect";
import { domainError, ErrorReason } from "@todo/kit/errors";
import { createLogger } from "@todo/kit/log";
import { renderMetrics } from "@todo/kit/metrics";
import type { AuditService, RecordAccessRequest } from "@todo/proto/todo/audit/v1/audit_service";
import { beforeEach, expect, it } from "vitest";
import { type AuditReport, createAuditReport } from "#src/audit-report.ts";
import type { Call } from "#src/call.ts";
import { createSlot } from "#src/slot.ts";

const log = createLogger({ service: "test", destination: { write: () => undefined } });
const refusal = domainError(ErrorReason.CREDENTIALS_INVALID, "credentials are not valid");
const call = (requestId: string): Call => ({
  requestId,
  clientAddress: "",
  slot: createSlot(),
  setHeader: () => undefined,
  rooms: [],
  route: "",
});
const dropped = async () => count(await renderMetrics(), "dropped");
const count = (text: string, outcome: string) =>
  Number(
    new RegExp(`^gateway_audit_reports_total\\{outcome="${outcome}"\\} (\\d+)`, "m").exec(text)?.[1] ?? 0,
  );

let recorded: RecordAccessRequest[];
let atOnce: number;
let answer: () => Promise<void>;
let report: AuditReport;

beforeEach(() => {
  recorded = [];
  atOnce = 0;
  let running = 0;
  answer = async () => undefined;
  const client = {
    async recordAccess(request: RecordAccessRequest) {
      running += 1;
      atOnce = Math.max(atOnce, running);
      try {
        await answer();
        recorded.push(request);
      } finally {
        running -= 1;
      }
    },
  } as unknown as Client<typeof AuditService>;
  report = createAuditReport({ client, now: () => new Date(0), log });
});

it("sends one report at a time, each with an id of its own", async () => {
  for (let i = 0; i < 20; i++) report.refused({ call: call(`request-${i}`), method: "m", error: refusal });
  await report.drained();
  expect(recorded.map(({ requestId }) => requestId)).toEqual(
    Array.from({ length: 20 }, (_, i) => `request-${i}`),
  );
  expect(new Set(recorded.map(({ id }) => id)).size).toBe(20);
  expect(atOnce).toBe(1);
});

it("keeps 256 waiting, adds up what is alike, and counts what does not fit", async () => {
  const before = await dropped();
  const [other] = [domainError(ErrorReason.CREDENTIALS_EXPIRED, "credentials have expired")];
  const held = Promise.withResolvers<void>();
  answer = () => held.promise;
  for (let i = 0; i < 300; i++) report.refused({ call: call(`request-${i}`), method: "m", error: refusal });
  expect((await dropped()) - before).toBe(0);
  report.refused({ call: call("other"), method: "m", error: other });
  expect((await dropped()) - before).toBe(1);
  held.resolve();
  await report.drained();
  expect(recorded).toHaveLength(257);
  expect(recorded.reduce((sum, { count }) => sum + Math.max(1, count), 0)).toBe(300);
});

it("goes on after a report that could not be sent, and counts it", async () => {
  const before = count(await renderMetrics(), "failed");
  let calls = 0;
  answer = async () => {
    calls += 1;
    if (calls === 1) throw new Error("audit is away");
  };
  report.refused({ call: call("request-1"), method: "m", error: refusal });
  report.refused({ call: call("request-2"), method: "m", error: refusal });
  await report.drained();
  expect(recorded.map(({ requestId }) => requestId)).toEqual(["request-2"]);
  expect(count(await renderMetrics(), "failed") - before).toBe(1);
});

it("does not report what is no refusal", async () => {
  const others = [
    domainError(ErrorReason.CREDENTIALS_MISSING, "sign in first"),
    domainError(ErrorReason.REQUEST_INVALID, "no"),
    new Error("anything"),
  ];
  for (const error of others) report.refused({ call: call("request-1"), method: "m", error });
  await report.drained();
  expect(recorded).toEqual([]);
});
