/**
 * The result of a task, if it comes within `ms`. The task itself goes on, and what becomes of it later is ignored.
 *
 * @throws Error with the name `TimeoutError` after `ms`.
 */
export async function within<T>(ms: number, task: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(Object.assign(new Error(`no answer within ${ms} ms`), { name: "TimeoutError" }));
  }, ms);
  try {
    return await Promise.race([task, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
