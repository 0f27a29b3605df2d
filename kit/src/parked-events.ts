import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { type ParkedEvent, ParkedEventSchema } from "@todo/proto/todo/audit/v1/parked";
import {
  GetParkedEventResponseSchema,
  ListParkedEventsResponseSchema,
  type ParkedEventsService,
  RedriveParkedEventsResponseSchema,
  TakeRecordResponseSchema,
} from "@todo/proto/todo/audit/v1/parked_events_service";
import type { AnyKysely } from "./database.ts";
import { domainError, ErrorReason } from "./errors.ts";
import { contentOf } from "./event-content.ts";
import { type FoundParked, findParked, parkedBy } from "./parking.ts";
import type { AppId } from "./services.ts";
import type { Subscriber } from "./subscribe.ts";

/** What waits at a consumer, for the app that operators ask. Every app with a subscriber mounts it. */
export function createParkedEventsService(deps: {
  app: AppId;
  database: AnyKysely;
  subscriber: Pick<Subscriber, "deliver" | "redrive">;
}): ServiceImpl<typeof ParkedEventsService> {
  const { app, database, subscriber } = deps;
  return {
    async listParkedEvents({ key, eventId, afterNumber, pageSize }) {
      const found = await findParked(database, app, { key, eventId, after: afterNumber, limit: pageSize });
      return create(ListParkedEventsResponseSchema, { events: found.map(toMessage) });
    },

    async getParkedEvent({ number }) {
      const found = await parkedBy(database, app, number);
      if (found === undefined) {
        throw domainError(ErrorReason.EVENT_NOT_FOUND, "event not found", { metadata: { id: `${number}` } });
      }
      return create(GetParkedEventResponseSchema, {
        event: toMessage(found),
        content: contentOf(found.record),
      });
    },

    async redriveParkedEvents({ key, limit, dryRun }) {
      const { redriven, left, failed } = await subscriber.redrive(key, {
        limit,
        dryRun,
      });
      const answer = create(RedriveParkedEventsResponseSchema, { redriven, left: BigInt(left) });
      const row = failed && (await parkedBy(database, app, BigInt(failed.seq)));
      if (failed !== undefined && row !== undefined) {
        const { reason, errorClass } = failed.failure;
        answer.failed = create(ParkedEventSchema, { ...toMessage(row), reason, errorClass });
      }
      return answer;
    },

    async takeRecord({ topic, partition, offset, key, value }) {
      const record = { topic, partition, offset, key, value: value.length === 0 ? null : value, headers: {} };
      const outcome = await subscriber.deliver(record);
      if (outcome === "RETRY") {
        throw domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, `${app} cannot take it now`);
      }
      return create(TakeRecordResponseSchema, { taken: outcome === "SUCCESS" });
    },
  };
}

function toMessage({ consumer, number, eventId, type, record, ...rest }: FoundParked): ParkedEvent {
  const { topic, partition, offset, key } = record;
  const { reason, errorClass, attempts, firstFailedAt, parkedAt } = rest;
  const message = create(ParkedEventSchema, {
    consumer,
    number,
    topic,
    partition,
    offset,
    key,
    eventId,
    type,
    reason,
    errorClass,
    attempts,
    parkTime: timestampFromDate(parkedAt),
  });
  if (firstFailedAt !== null) message.firstFailTime = timestampFromDate(firstFailedAt);
  return message;
}
