import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { AnyKysely } from "@todo/kit/database";
import { ErrorReason, reasonName } from "@todo/kit/errors";
import type { Logger } from "@todo/kit/log";
import { record } from "@todo/kit/outbox";
import type { Principal } from "@todo/kit/principal";
import { AccessRefusedSchema } from "@todo/proto/todo/audit/v1/access_event";
import type { RateLimiter } from "./rate-limit.ts";
import { tokenExistsElsewhere } from "./token-queries.ts";

export interface TokenMiss {
  principal: Principal;
  /** The full name of the method. */
  method: string;
  /** The id that the caller has no token of. */
  tokenId: string;
}

export interface TokenRefusalDeps {
  database: AnyKysely;
  limiter: RateLimiter;
  now: () => Date;
  /** Whether too many events wait for the broker already. */
  outboxFull: () => boolean;
  /** Called when an event waits in the outbox. */
  recorded: () => void;
  log: Logger;
}

/** Notes who asks for tokens of others (R160). */
export interface TokenRefusals extends AsyncDisposable {
  /**
   * Publishes AccessRefused if the token exists and is somebody else's. It does so after the answer, so that nobody can
   * tell by the time it takes whether a token exists.
   */
  missed(miss: TokenMiss): void;
}

/** What one user may leave in the audit log by it, and how much of it is at work at once. */
const perUser = { max: 10, window: 60 };
const maxRunning = 16;

export function createTokenRefusals(deps: TokenRefusalDeps): TokenRefusals {
  const running = new Set<Promise<void>>();
  const admitted = ({ userId }: Principal) =>
    running.size < maxRunning &&
    !deps.outboxFull() &&
    deps.limiter.take(`token-refused ${userId}`, perUser).allowed;
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

async function publish(deps: TokenRefusalDeps, { principal, method, tokenId }: TokenMiss): Promise<void> {
  const { userId, requestId } = principal;
  if (!(await tokenExistsElsewhere(deps.database, userId, tokenId))) return;
  const time = deps.now();
  const subject = tokenId.toLowerCase();
  const message = create(AccessRefusedSchema, {
    userId,
    method,
    reason: reasonName(ErrorReason.TOKEN_NOT_FOUND),
    subject,
    time: timestampFromDate(time),
    requestId: requestId.slice(0, 64),
  });
  const streamId = `token-refused ${userId}`;
  const position = BigInt(time.getTime());
  const fact = { topic: "task.audit", message, subject, key: userId, streamId, position, userId, time };
  await record(deps.database, "identity", [fact]);
  deps.recorded();
}
