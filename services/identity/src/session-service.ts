import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { ErrorReason } from "@todo/kit/errors";
import { principalOf } from "@todo/kit/principal";
import type { Refusals } from "@todo/kit/refusals";
import { type Session, SessionSchema } from "@todo/proto/todo/identity/v1/session";
import type { SessionService } from "@todo/proto/todo/identity/v1/session_service";
import { sessionNotFound, sessionRequired } from "./errors.ts";
import { paging } from "./paging.ts";
import {
  endOtherSessions,
  endSession,
  isSessionOpen,
  listSessions,
  type SessionRow,
  sessionExistsElsewhere,
} from "./session-queries.ts";
import type { IdentityDatabase } from "./tables.ts";

export interface SessionServiceDeps {
  /** For reads: it gives a statement up when the signal of the call fires. */
  databaseFor(signal: AbortSignal): IdentityDatabase;
  database: IdentityDatabase;
  now: () => Date;
  refusals: Pick<Refusals, "missed">;
}

export function createSessionService(deps: SessionServiceDeps): ServiceImpl<typeof SessionService> {
  const { database, databaseFor, now, refusals } = deps;
  return {
    async listSessions(request, context) {
      const { userId, sessionId } = principalOf(context);
      const size = request.pageSize || 50;
      const pages = paging("ListSessions", userId);
      const after = pages.after(request.pageToken);
      const reader = databaseFor(context.signal);
      const found = await listSessions(reader, userId, { after, limit: size + 1, now: now() });
      const { rows, nextPageToken } = pages.page(found, size);
      return { sessions: rows.map((row) => toSession(row, sessionId)), nextPageToken };
    },

    async revokeSession(request, context) {
      const principal = principalOf(context);
      const id = request.id.toLowerCase();
      if (await endSession(database, principal.userId, id)) return {};
      refusals.missed({
        principal,
        method: context.method,
        reason: ErrorReason.SESSION_NOT_FOUND,
        subject: id,
        existsElsewhere: () => sessionExistsElsewhere(database, principal.userId, id),
      });
      throw sessionNotFound(request.id);
    },

    async revokeOtherSessions(_request, context) {
      const { userId, sessionId } = principalOf(context);
      if (sessionId === undefined) throw sessionRequired();
      return { revokedCount: await endOtherSessions(database, userId, sessionId) };
    },

    async checkSession({ id, userId }, context) {
      const reader = databaseFor(context.signal);
      return { open: await isSessionOpen(reader, { id: id.toLowerCase(), userId, now: now() }) };
    },
  };
}

const longestUserAgent = 512;

export function toSession(row: SessionRow, current: string | undefined): Session {
  return create(SessionSchema, {
    id: row.id,
    createTime: timestampFromDate(row.createdAt),
    lastUseTime: timestampFromDate(row.updatedAt),
    expireTime: timestampFromDate(row.expiresAt),
    userAgent: (row.userAgent ?? "").slice(0, longestUserAgent),
    clientAddress: row.ipAddress ?? "",
    current: row.id === current,
  });
}
