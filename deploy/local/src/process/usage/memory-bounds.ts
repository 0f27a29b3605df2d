/** What the old space of an app's heap may hold; Node collects garbage in time for it. */
export const appHeapMebibytes = 384;
/** The garbage collector of Go works harder the nearer a sidecar or sentry comes to it (GOMEMLIMIT). */
export const goMebibytes = 128;

/**
 * The most memory that a process of the system may hold under load, in MiB, its children included. A new app has the
 * bound of any other.
 */
export function memoryBound(process: string): number {
  // Besides the old space: the young generation, code, and what lies outside of the heap.
  if (process.startsWith("app:")) return 512;
  if (process === "kafka") return 700;
  if (process === "postgres") return 700;
  return 200;
}
