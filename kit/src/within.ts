import { setTimeout as sleep } from "node:timers/promises";

/**
 * The result of a task, if it comes within `ms`. The task itself goes on, and what becomes of it later is ignored.
 *
 * @throws Error with the name `TimeoutError` after `ms`.
 */
export async function within<T>(ms: number, task: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(ms, undefined, { signal: timer.signal }).then(() => {
    throw Object.assign(new Error(`no answer within ${ms} ms`), { name: "TimeoutError" });
  });
  late.catch(() => {});
  try {
    return await Promise.race([task, late]);
  } finally {
    timer.abort();
  }
}
