import type { AnyKysely } from "@todo/kit/database";
import { type ErrorReason, reasonName } from "@todo/kit/errors";
import type { Logger } from "@todo/kit/log";
import { LruMap } from "@todo/kit/lru";
import { record } from "@todo/kit/outbox";
import type { Principal } from "@todo/kit/principal";
import type { Relay } from "@todo/kit/relay";
import { type Database, read, type Statement } from "./database.ts";
import { accessRefused } from "./events.ts";

export interface Miss {
  principal: Principal;
  /** The full name of the method. */
  method: string;
  reason: ErrorReason;
  /** The id that the caller has no task of, or no series. */
  taskId: string;
  /** By default a task. */
  of?: "series";
}

export interface RefusalDeps {
  database: Database;
  kysely: AnyKysely;
  relay: Pick<Relay, "kick">;
  now: () => Date;
  log: Logger;
  /** How many facts one user can cause in a minute. */
  perMinute: number;
}

/** Notes who asks for tasks of others. */
export interface Refusals extends AsyncDisposable {
  /**
   * Publishes AccessRefused if the task exists and is somebody else's. It does so after the answer, so that nobody can
   * tell by the time it takes whether a task exists.
   */
  missed(miss: Miss): void;
}

const usersKept = 10_000;
const maxRunning = 64;
const minuteMs = 60_000;

const taskStatement: Statement = {
  name: "exists-elsewhere",
  text: "select task_exists_elsewhere($1, $2) as found",
};
const seriesStatement: Statement = {
  name: "series-exists-elsewhere",
  text: "select series_exists_elsewhere($1, $2) as found",
};

export function createRefusals(deps: RefusalDeps): Refusals {
  const counts = new LruMap<string, { minute: number; count: number }>(usersKept);
  const running = new Set<Promise<void>>();

  const admitted = (userId: string): boolean => {
    const minute = Math.floor(deps.now().getTime() / minuteMs);
    const known = counts.get(userId);
    const count = known?.minute === minute ? known.count + 1 : 1;
    counts.set(userId, { minute, count });
    return count <= deps.perMinute && running.size < maxRunning;
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

async function publish(deps: RefusalDeps, { principal, method, reason, taskId, of }: Miss): Promise<void> {
  const statement = of === "series" ? seriesStatement : taskStatement;
  const [row] = await read<{ found: boolean }>(deps.database, statement, [principal.userId, taskId]);
  if (row?.found !== true) return;
  const subject = taskId.toLowerCase();
  const fact = accessRefused({ principal, method, reason: reasonName(reason), subject, time: deps.now() });
  await record(deps.kysely, "task", [fact]);
  deps.relay.kick();
}
