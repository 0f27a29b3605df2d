import { create, type DescMethod } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { AnyKysely } from "@todo/kit/database";
import { type ErrorReason, reasonName } from "@todo/kit/errors";
import type { Logger } from "@todo/kit/log";
import { record } from "@todo/kit/outbox";
import type { Principal } from "@todo/kit/principal";
import { AccessRefusedSchema } from "@todo/proto/todo/audit/v1/access_event";
import type { RateLimiter } from "./rate-limit.ts";

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
  database: AnyKysely;
  limiter: RateLimiter;
  now: () => Date;
  /** Whether too many events wait for the broker already. */
  outboxFull: () => boolean;
  /** Called when an event waits in the outbox. */
  recorded: () => void;
  log: Logger;
}

/** Notes who asks for what belongs to others (R160). */
export interface Refusals extends AsyncDisposable {
  /**
   * Publishes AccessRefused if the thing exists and is somebody else's. It does so after the answer, so that nobody can
   * tell by the time it takes whether it exists.
   */
  missed(miss: Miss): void;
}

/** What one user may leave in the audit log by it, and how much of it is at work at once. */
const perUser = { max: 10, window: 60 };
const maxRunning = 16;

export function createRefusals(deps: RefusalDeps): Refusals {
  const running = new Set<Promise<void>>();
  const admitted = ({ userId }: Principal) =>
    running.size < maxRunning &&
    !deps.outboxFull() &&
    deps.limiter.take(`refused ${userId}`, perUser).allowed;
  return {
    missed(miss) {
      if (!admitted(miss.principal)) return;
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
  const { userId, requestId } = miss.principal;
  if (!(await miss.existsElsewhere())) return;
  const { parent, name } = miss.method;
  const time = deps.now();
  const subject = miss.subject.toLowerCase();
  const message = create(AccessRefusedSchema, {
    userId,
    method: `${parent.typeName}/${name}`,
    reason: reasonName(miss.reason),
    subject,
    time: timestampFromDate(time),
    requestId: requestId.slice(0, 64),
  });
  const streamId = `refused ${userId}`;
  const position = BigInt(time.getTime());
  const fact = { topic: "task.audit", message, subject, key: userId, streamId, position, userId, time };
  await record(deps.database, "identity", [fact]);
  deps.recorded();
}
