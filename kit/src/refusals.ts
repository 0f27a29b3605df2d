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

/** Notes who asks for what belongs to others (R160). */
export interface Refusals extends AsyncDisposable {
  /**
   * Publishes AccessRefused if the thing exists and is somebody else's. It does so after the answer, so that nobody can
   * tell by the time it takes whether it exists.
   */
  missed(miss: Miss): void;
}

/** How many users' counts are remembered. */
const usersKept = 10_000;
const maxRunning = 64;
const minuteMs = 60_000;

export function createRefusals(deps: RefusalDeps): Refusals {
  const counts = new LruMap<string, { minute: number; count: number }>(usersKept);
  const running = new Set<Promise<void>>();

  const admitted = (userId: string): boolean => {
    const minute = Math.floor(deps.now().getTime() / minuteMs);
    const known = counts.get(userId);
    const count = known?.minute === minute ? known.count + 1 : 1;
    counts.set(userId, { minute, count });
    return count <= deps.perMinute && running.size < maxRunning && !deps.outboxFull();
  };

  return {
    missed(miss) {
      if (!admitted(miss.principal.userId)) return;
      const work: Promise<void> = publish(deps, miss)
        .catch((error: unknown) => deps.log.warn({ err: error }, "a refused access was not recorded"))
        .finally(() => running.delete(work));
      running.add(work);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(running);
    },
  };
}

async function publish(deps: RefusalDeps, miss: Miss): Promise<void> {
  if (!(await miss.existsElsewhere())) return;
  await record(deps.database, deps.app, [accessRefused(miss, deps.now())]);
  deps.recorded();
}

function accessRefused({ principal, method, reason, ...miss }: Miss, time: Date): OutgoingEvent {
  const { userId, requestId } = principal;
  const subject = miss.subject.toLowerCase();
  const message = create(AccessRefusedSchema, {
    userId,
    method: `${method.parent.typeName}/${method.name}`,
    reason: reasonName(reason),
    subject,
    time: timestampFromDate(time),
    requestId: requestId.slice(0, 64),
  });
  const [streamId, position] = [`refused ${userId}`, BigInt(time.getTime())];
  return { topic: "task.audit", message, subject, key: userId, streamId, position, userId, time };
}
