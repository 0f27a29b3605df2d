import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import type { AnyKysely } from "@todo/kit/database";
import type { DomainError } from "@todo/kit/errors";
import { subscriptionsOf } from "@todo/kit/event-catalogue";
import { contentOf } from "@todo/kit/event-content";
import type { GroupLag, KafkaInspector } from "@todo/kit/kafka-inspector";
import { pageToken, readPageToken } from "@todo/kit/page";
import { principalOf } from "@todo/kit/principal";
import type { AppId } from "@todo/kit/services";
import {
  EventAdminService,
  ListDeadLettersResponseSchema,
  ListLagResponseSchema,
  ListParkedResponseSchema,
  RedriveDeadLetterResponseSchema,
  RedriveKeyResponseSchema,
  ShowEventResponseSchema,
} from "@todo/proto/todo/audit/v1/event_admin_service";
import {
  type EventContent,
  EventContentSchema,
  type ParkedEvent,
  TopicLagSchema,
} from "@todo/proto/todo/audit/v1/parked";
import type { Consumers } from "#src/consumers.ts";
import { deadLettersBefore, deadLettersOf, type ListedLetter } from "#src/dead-letter-table.ts";
import {
  consumersUnavailable,
  consumerUnknown,
  eventNotFound,
  kafkaUnavailable,
  keyNotParked,
  letterNotRedrivable,
  orUnavailable,
  pageTokenInvalid,
} from "#src/errors.ts";
import { recordAct } from "#src/operator-act.ts";
import { parkedFrom, parkedOf } from "#src/parked-search.ts";

export interface EventAdminDeps {
  database: AnyKysely;
  consumers: Consumers;
  kafka: KafkaInspector;
  now: () => Date;
  /** Called after something was put into the outbox. */
  kick: () => void;
}

export function createEventAdminService(deps: EventAdminDeps): ServiceImpl<typeof EventAdminService> {
  const { database, consumers, kafka } = deps;
  const { method } = EventAdminService;

  return {
    async listLag() {
      const all = [...consumers.keys()].map(async (consumer) => {
        const lags = await orKafkaUnavailable(kafka.lagOf(consumer, subscriptionsOf(consumer as AppId)));
        return lags.map((lag) => create(TopicLagSchema, { consumer, ...lag }));
      });
      return create(ListLagResponseSchema, { lags: (await Promise.all(all)).flat() });
    },

    async listParked({ consumer, key, pageSize, pageToken: token }) {
      const bind = ["ListParked", consumer, key];
      const limit = pageSize || defaultPageSize;
      const asked = consumersBy(consumers, consumer);
      const from = parkedPosition(token, bind);
      const { found, unreachable } = await parkedFrom(asked, { key, limit: limit + 1, ...from });
      if (consumer !== "" && unreachable.length > 0) throw consumersUnavailable(unreachable);
      const events = found.slice(0, limit);
      const last = events.at(-1);
      const nextPageToken =
        found.length > limit && last !== undefined
          ? pageToken(bind, [last.consumer, last.number.toString()])
          : "";
      return create(ListParkedResponseSchema, { events, nextPageToken, unreachable });
    },

    async listDeadLetters({ consumer, topic, pageSize, pageToken: token }) {
      const bind = ["ListDeadLetters", consumer, topic];
      const limit = pageSize || defaultPageSize;
      const before = token === "" ? undefined : numberIn(readPageToken(token, bind)[0]);
      const found = await orUnavailable(deadLettersBefore(database, { consumer, topic, before }, limit + 1));
      const page = found.slice(0, limit);
      const nextPageToken = found.length > limit ? pageToken(bind, [`${page.at(-1)?.seq}`]) : "";
      return create(ListDeadLettersResponseSchema, {
        letters: page.map(({ letter }) => letter),
        nextPageToken,
      });
    },

    async showEvent({ id }, context) {
      const letters = await orUnavailable(deadLettersOf(database, id));
      const about = letters[0]?.letter.eventId || id;
      const { found: parked, unreachable } = await parkedOf(consumers, about);
      if (parked.length + letters.length === 0) throw orUnseen(eventNotFound(id), unreachable);
      const content = (await parkedContent(consumers, parked[0])) ?? (await keptContent(kafka, letters[0]));
      const userId = content.userId || letters[0]?.userId || "";
      const consumer = parked[0]?.consumer ?? "";
      await act(deps, context, { method: method.showEvent, userId, consumer, eventId: id });
      return create(ShowEventResponseSchema, {
        parked,
        letters: letters.map(({ letter }) => letter),
        content: { ...content, userId },
        unreachable,
      });
    },

    async redriveKey({ consumer, key, limit, dryRun }, context) {
      const client = consumers.get(consumer);
      if (client === undefined) throw consumerUnknown(consumer);
      const [first] = (await client.listParkedEvents({ key, pageSize: 1 })).events;
      if (first === undefined) throw keyNotParked(consumer, key);
      const userId = (await parkedContent(consumers, first))?.userId ?? "";
      const { eventId } = first;
      await act(deps, context, { method: method.redriveKey, userId, consumer, key, eventId, dryRun });
      const timeoutMs = Math.min(context.timeoutMs() ?? redriveMs, redriveMs);
      const done = await client.redriveParkedEvents(
        { key, limit: limit || defaultRedrive, dryRun },
        { timeoutMs },
      );
      const { redriven, left, failed } = done;
      return create(RedriveKeyResponseSchema, {
        redriven,
        left,
        ...(failed === undefined ? {} : { failed }),
      });
    },

    async redriveDeadLetter({ id }, context) {
      const letters = await orUnavailable(deadLettersOf(database, id));
      const listed = letters.find(({ letter }) => letter.id === id);
      if (listed === undefined) throw eventNotFound(id);
      const { consumer, source, topic, partition, offset, key } = listed.letter;
      const client = consumers.get(consumer);
      if (client === undefined) throw consumerUnknown(consumer);
      if (source !== `/sidecars/${consumer}`)
        throw letterNotRedrivable(id, `${consumer} has parked the event: redrive its key`);
      const value =
        partition < 0 ? undefined : await orKafkaUnavailable(kafka.valueAt(topic, partition, offset));
      if (value === undefined || value === null)
        throw letterNotRedrivable(id, "the topic keeps the event no more");
      const { userId } = listed;
      await act(deps, context, { method: method.redriveDeadLetter, userId, consumer, key, eventId: id });
      const { taken } = await client.takeRecord({ topic, partition, offset, key, value });
      return create(RedriveDeadLetterResponseSchema, { consumer, taken });
    },
  };
}

const defaultPageSize = 50;
const defaultRedrive = 100;
const redriveMs = 60_000;

async function act(deps: EventAdminDeps, context: HandlerContext, what: Parameters<typeof recordAct>[2]) {
  await orUnavailable(recordAct(deps, principalOf(context), what));
  deps.kick();
}

/** What is not there may be with who could not be asked. */
function orUnseen(missing: DomainError, unreachable: readonly string[]): DomainError {
  return unreachable.length === 0 ? missing : consumersUnavailable(unreachable);
}

function consumersBy(consumers: Consumers, wanted: string): Consumers {
  if (wanted === "") return consumers;
  const client = consumers.get(wanted);
  if (client === undefined) throw consumerUnknown(wanted);
  return new Map([[wanted, client]]);
}

function parkedPosition(token: string, bind: string[]): { consumer: string; after: bigint } {
  if (token === "") return { consumer: "", after: 0n };
  const [consumer, number] = readPageToken(token, bind);
  if (typeof consumer !== "string") throw pageTokenInvalid();
  return { consumer, after: numberIn(number) };
}

function numberIn(position: unknown): bigint {
  if (typeof position !== "string" || !/^[1-9][0-9]{0,17}$/.test(position)) throw pageTokenInvalid();
  return BigInt(position);
}

/** What is inside an event that waits. `undefined`: it waits no more. */
async function parkedContent(
  consumers: Consumers,
  event: ParkedEvent | undefined,
): Promise<EventContent | undefined> {
  if (event === undefined) return undefined;
  try {
    return (await consumers.get(event.consumer)?.getParkedEvent({ number: event.number }))?.content;
  } catch (error) {
    if (ConnectError.from(error).code === Code.NotFound) return undefined;
    throw error;
  }
}

/** What is inside an event that nobody parked, as long as its topic keeps it. */
async function keptContent(kafka: KafkaInspector, listed: ListedLetter | undefined): Promise<EventContent> {
  if (listed === undefined || listed.letter.partition < 0) return create(EventContentSchema);
  const { topic, partition, offset, key } = listed.letter;
  const value = await orKafkaUnavailable(kafka.valueAt(topic, partition, offset));
  if (value === undefined) return create(EventContentSchema);
  return contentOf({ topic, partition, offset, key, value, headers: {} });
}

async function orKafkaUnavailable<T extends GroupLag[] | Uint8Array | null | undefined>(
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw kafkaUnavailable(cause);
  }
}
