import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { AnyKysely } from "@todo/kit/database";
import { pageToken, readPageToken } from "@todo/kit/page";
import { principalOf } from "@todo/kit/principal";
import { currentTraceparent } from "@todo/kit/trace";
import {
  type AuditService,
  type ListEntriesRequest,
  ListEntriesResponseSchema,
  RecordAccessResponseSchema,
  VerifyChainResponseSchema,
} from "@todo/proto/todo/audit/v1/audit_service";
import type { Link } from "#src/chain.ts";
import { orUnavailable, pageTokenInvalid } from "#src/errors.ts";
import { factOfRefusal } from "#src/fact.ts";
import { entryOf } from "#src/mapping.ts";
import { asUser, linksBefore, wrappedKeyOf } from "#src/queries.ts";
import type { Recorder } from "#src/recorder.ts";
import type { Vault } from "#src/vault.ts";
import { verifyPage } from "#src/verify.ts";
import { tokenOfWalk, walkOfToken } from "#src/verify-token.ts";

export interface AuditDeps {
  /** For reads: it gives a statement up when the signal of the call fires. */
  databaseFor(signal: AbortSignal): AnyKysely;
  database: AnyKysely;
  vault: Vault;
  recorder: Recorder;
  now: () => Date;
}

export function createAuditService(deps: AuditDeps): ServiceImpl<typeof AuditService> {
  const { database, databaseFor, vault, recorder, now } = deps;
  return {
    async listEntries(request, context) {
      const { userId } = principalOf(context);
      const { subject, type } = request;
      const limit = request.pageSize || defaultPageSize;
      const before = positionOf(request, userId);
      const { links, wrapped } = await orUnavailable(
        asUser(databaseFor(context.signal), userId, async (tx) => ({
          links: await linksBefore(tx, { userId, subject, type, before }, limit + 1),
          wrapped: await wrappedKeyOf(tx, userId),
        })),
      );
      const page = firstPage(links, limit);
      const key = wrapped && vault.unwrap(wrapped, userId);
      return create(ListEntriesResponseSchema, {
        entries: page.map((link) => entryOf(link, key)),
        nextPageToken: page.length < links.length ? tokenAfter(page, request, userId) : "",
      });
    },

    async verifyChain(request, context) {
      const { userId } = principalOf(context);
      const from = walkOfToken(request.pageToken, userId);
      const limit = request.pageSize || defaultVerified;
      const budgetMs = Math.min(longestVerifyMs, (context.timeoutMs() ?? longestVerifyMs) / 2);
      const page = { userId, from, limit, budgetMs, signal: context.signal };
      const { tip, verdict, next } = await orUnavailable(verifyPage(databaseFor(context.signal), page));
      return create(VerifyChainResponseSchema, {
        intact: verdict.intact,
        entryCount: verdict.count,
        firstBrokenNumber: verdict.firstBroken,
        headHash: tip.head.number === 0n ? new Uint8Array() : Uint8Array.from(tip.head.hash),
        nextPageToken: next === undefined ? "" : tokenOfWalk(next, userId),
      });
    },

    async recordAccess(request) {
      const fact = factOfRefusal(request, request.time ?? timestampFromDate(now()), currentTraceparent());
      await orUnavailable(database.transaction().execute((tx) => recorder.record(tx, fact)));
      return create(RecordAccessResponseSchema);
    },
  };
}

const defaultVerified = 1_000;
const longestVerifyMs = 1_000;
const defaultPageSize = 50;
// Keeps an answer well below the limit of one message, whatever the entries hold.
const pageBytes = 1024 * 1024;

function firstPage(links: readonly Link[], limit: number): Link[] {
  let bytes = 0;
  const fitting = links.findIndex((link, i) => {
    bytes += link.sealed.length;
    return i === limit || (i > 0 && bytes > pageBytes);
  });
  return fitting === -1 ? [...links] : links.slice(0, fitting);
}

function boundTo(request: ListEntriesRequest, userId: string): string[] {
  return ["ListEntries", userId, request.subject, request.type];
}

function tokenAfter(page: readonly Link[], request: ListEntriesRequest, userId: string): string {
  return pageToken(boundTo(request, userId), [String(page.at(-1)?.number)]);
}

function positionOf(request: ListEntriesRequest, userId: string): bigint | undefined {
  if (request.pageToken === "") return undefined;
  const [number] = readPageToken(request.pageToken, boundTo(request, userId));
  if (typeof number !== "string" || !/^[1-9][0-9]{0,17}$/.test(number)) throw pageTokenInvalid();
  return BigInt(number);
}
