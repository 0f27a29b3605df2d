import { randomUUIDv7 } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";
import { requestIdHeader } from "@todo/kit/assertion";
import { DomainError, ErrorReason, reasonName } from "@todo/kit/errors";
import type { Logger } from "@todo/kit/log";
import { counter } from "@todo/kit/metrics";
import {
  type AuditService,
  type RecordAccessRequest,
  RecordAccessRequestSchema,
} from "@todo/proto/todo/audit/v1/audit_service";
import { userOfRefused } from "#src/auth/tokens.ts";
import type { Call } from "#src/call.ts";

/** Tells the audit log whom the gateway refused. Best effort: it never slows or changes an answer. */
export interface AuditReport extends AsyncDisposable {
  refused(refusal: { call: Call; method: string; error: unknown }): void;
  /** Resolves when everything reported so far was recorded or given up. */
  drained(): Promise<void>;
}

/** What a caller without any credentials hears is no attempt at anything, so it is not among these. */
const reported: readonly ErrorReason[] = [
  ErrorReason.CREDENTIALS_INVALID,
  ErrorReason.CREDENTIALS_EXPIRED,
  ErrorReason.SCOPE_MISSING,
];

const queueLimit = 256;
const timeoutMs = 2000;

const reports = counter("gateway_audit_reports");

/** One report at a time goes out, at most 256 wait, and what is not recorded is counted. */
export function createAuditReport(o: {
  client: Client<typeof AuditService>;
  now: () => Date;
  log: Logger;
}): AuditReport {
  const waiting: RecordAccessRequest[] = [];
  let sending: Promise<void> | undefined;
  const drop = (error: unknown, record: RecordAccessRequest) => {
    reports.add(1, { outcome: "failed" });
    o.log.warn({ err: error, request_id: record.requestId }, "a refusal could not be recorded");
  };
  const sendAll = async () => {
    for (let record = waiting.shift(); record !== undefined; record = waiting.shift()) {
      const current = record;
      const headers = { [requestIdHeader]: current.requestId };
      await o.client.recordAccess(current, { timeoutMs, headers }).then(
        () => reports.add(1, { outcome: "recorded" }),
        (error: unknown) => drop(error, current),
      );
    }
    sending = undefined;
  };
  return {
    refused({ call, method, error }) {
      if (!(error instanceof DomainError) || !reported.includes(error.reason)) return;
      const [userId, reason] = [call.caller?.userId ?? userOfRefused(error), reasonName(error.reason)];
      if (waiting.length >= queueLimit) {
        const alike = waiting.find((one) => one.userId === userId && one.reason === reason);
        if (alike === undefined) return reports.add(1, { outcome: "dropped" });
        alike.count = Math.max(1, alike.count) + 1;
        return;
      }
      waiting.push(
        create(RecordAccessRequestSchema, {
          id: randomUUIDv7(),
          ...{ userId, reason },
          method,
          time: timestampFromDate(o.now()),
          requestId: call.requestId,
        }),
      );
      sending ??= sendAll();
    },
    async drained() {
      await sending;
    },
    async [Symbol.asyncDispose]() {
      await Promise.race([sending, new Promise((resolve) => setTimeout(resolve, timeoutMs).unref())]);
      waiting.length = 0;
    },
  };
}
