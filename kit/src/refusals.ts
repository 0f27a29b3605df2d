import { create, type DescMethod } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { AccessRefusedSchema } from "@todo/proto/todo/audit/v1/access_event";
import type { AnyKysely } from "./database.ts";
import { type ErrorReason, reasonName } from "./errors.ts";
import type { Logger } from "./log.ts";
import { LruMap } from "./lru.ts";
import { type OutgoingEvent, record } from "./outbox.ts";
import type { Principal } from "./principal.ts";
import type { AppId } from "./services.ts";

/** Somebody asked for a thing by an id of which they have none. */
export interface Miss {
  principal: Principal;
  method: DescMethod;
  /** What the caller was told. */
  reason: ErrorReason;
  /** The id. */
  subject: string;
  existsElsewhere: () => Promise<boolean>;
}

export interface RefusalDeps {
  app: AppId;
  database: AnyKysely;
  now: () => Date;
  log: Logger;
  /** How many facts one user can cause in a minute. */
  perMinute: number;
  /** Whether too many events wait for the broker already. */
  outboxFull: () => boolean;
  /** Called when an event waits in the outbox. */
  recorded: () => void;
}

/** Notes who asks for what is not theirs (R160). */
export interface Refusals extends AsyncDisposable {
  /**
   * Publishes AccessRefused after the answer, alike whether the thing is somebody else's or was never there: the log of
   * the caller tells no more than the answer. What is somebody else's is told to operators, in the log of the process.
   */
  missed(miss: Miss): void;
}

/** What one user was refused for one reason in one minute. */
interface Minute {
  minute: number;
  count: number;
  /** What was not told one by one. */
  held?: { miss: Miss; count: number; from: Date; until: Date };
}

/** How many users' counts are remembered. */
const usersKept = 10_000;
const maxRunning = 64;
const minuteMs = 60_000;
const flushMs = 5_000;

/** So many a minute are told one by one, and the others by one fact that counts them. */
export function createRefusals(deps: RefusalDeps): Refusals {
  const minutes = new LruMap<string, Minute>(usersKept);
  const withHeld = new Set<Minute>();
  const running = new Set<Promise<void>>();
  const minuteNow = () => Math.floor(deps.now().getTime() / minuteMs);
  const mayPublish = () => running.size < maxRunning && !deps.outboxFull();

  const start = (publishing: Promise<void>) => {
    const work: Promise<void> = publishing
      .catch((error: unknown) => deps.log.warn({ err: error }, "a refused access was not recorded"))
      .finally(() => running.delete(work));
    running.add(work);
  };
  const tellHeld = (minute: Minute) => {
    const { held } = minute;
    if (held === undefined || deps.outboxFull()) return;
    delete minute.held;
    withHeld.delete(minute);
    start(publish(deps, accessRefused(held.miss, held.from, held)));
  };
  const flush = (over: (minute: Minute) => boolean) => {
    for (const minute of withHeld) if (over(minute)) tellHeld(minute);
  };
  const timer = setInterval(() => flush(({ minute }) => minute < minuteNow()), flushMs).unref();

  return {
    missed(miss) {
      const key = `${miss.principal.userId} ${miss.reason}`;
      const known = minutes.get(key);
      if (known !== undefined && known.minute < minuteNow()) tellHeld(known);
      const current = known?.minute === minuteNow() ? known : { minute: minuteNow(), count: 0 };
      minutes.set(key, current);
      current.count += 1;
      const time = deps.now();
      if (current.count <= deps.perMinute && mayPublish()) return start(publishOne(deps, miss, time));
      const { count, from } = current.held ?? { count: 0, from: time };
      current.held = { miss, count: count + 1, from, until: time };
      withHeld.add(current);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      flush(() => true);
      await Promise.all(running);
    },
  };
}

async function publishOne(deps: RefusalDeps, miss: Miss, time: Date): Promise<void> {
  await publish(deps, accessRefused(miss, time));
  if (!(await miss.existsElsewhere())) return;
  const { userId, requestId } = miss.principal;
  const about = { user_id: userId, request_id: requestId, subject: miss.subject, method: methodOf(miss) };
  deps.log.warn(about, "somebody asked for what belongs to another");
}

async function publish(deps: RefusalDeps, event: OutgoingEvent): Promise<void> {
  await record(deps.database, deps.app, [event]);
  deps.recorded();
}

function methodOf({ method }: Miss): string {
  return `${method.parent.typeName}/${method.name}`;
}

/** Of several, none is told by its subject and request. */
function accessRefused(miss: Miss, time: Date, many?: { count: number; until: Date }): OutgoingEvent {
  const { userId, requestId } = miss.principal;
  const subject = many === undefined ? miss.subject.toLowerCase() : "";
  const message = create(AccessRefusedSchema, {
    ...{ userId, method: methodOf(miss), reason: reasonName(miss.reason), subject },
    time: timestampFromDate(time),
    ...(many === undefined
      ? { requestId: requestId.slice(0, 64) }
      : { count: many.count, untilTime: timestampFromDate(many.until) }),
  });
  const [streamId, position] = [`refused ${userId}`, BigInt(time.getTime())];
  return { topic: "task.audit", message, subject, key: userId, streamId, position, userId, time };
}
