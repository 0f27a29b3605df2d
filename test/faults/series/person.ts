import { setTimeout as sleep } from "node:timers/promises";
import { TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { signInAgain, type User } from "../../system/user.ts";
import type { ObservedSystem } from "../bed.ts";
import type { CallLog } from "../calls.ts";

/** A user who is at work for long, and looks at the open tasks all the while. */
export interface Person extends AsyncDisposable {
  readonly id: string;
  /** With a token that is valid. */
  readonly user: User;
  /** The open tasks of a series, as they were shown last. */
  openOf(seriesId: string): readonly string[];
  /** The series that were shown with several open tasks at once. */
  readonly doubled: ReadonlySet<string>;
}

export const callTimeoutMs = 5_000;
const lookPauseMs = 150;
/** Well below the ten minutes for which a token is valid. */
const renewMs = 240_000;

export async function startPerson(bed: ObservedSystem, log: CallLog): Promise<Person> {
  const stop = new AbortController();
  const doubled = new Set<string>();
  let user = await bed.signUp();
  let renewed = performance.now();
  let open = new Map<string, string[]>();
  const looking = (async () => {
    while (!stop.signal.aborted) {
      open = (await log.make("list", () => openTasks(user))) ?? open;
      for (const [seriesId, tasks] of open) if (tasks.length > 1) doubled.add(seriesId);
      if (performance.now() - renewed > renewMs) {
        user = await signInAgain(bed.gatewayUrl, user).catch(() => user);
        renewed = performance.now();
      }
      await sleep(lookPauseMs);
    }
  })();
  return {
    id: user.id,
    get user() {
      return user;
    },
    openOf: (seriesId) => open.get(seriesId) ?? [],
    doubled,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await looking;
    },
  };
}

async function openTasks(user: User): Promise<Map<string, string[]>> {
  const filter = { statuses: [TaskStatus.OPEN] };
  const asked = { filter, pageSize: 100 };
  const { tasks } = await user.client(TaskService).listTasks(asked, { timeoutMs: callTimeoutMs });
  const bySeries = Map.groupBy(tasks, ({ seriesId }) => seriesId);
  return new Map([...bySeries].map(([seriesId, all]) => [seriesId, all.map(({ id }) => id)]));
}
