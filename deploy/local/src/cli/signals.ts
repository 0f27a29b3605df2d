/** The wish to stop: a signal, or the end of the process that started this one. */
export interface StopWish {
  readonly signal: AbortSignal;
  /** Settles when somebody wishes to stop. */
  readonly wished: Promise<void>;
}

// A Ctrl-C comes from the terminal, from npm and from run.mjs at once: these are one.
const sameWishMs = 1_500;

/**
 * Listens for the wish to stop. The first wish is graceful; a later one is in earnest.
 * @param inEarnest called for a second wish
 */
export function listenForStop(inEarnest: () => void): StopWish {
  const wish = new AbortController();
  let first = 0;
  const hear = () => {
    if (wish.signal.aborted) {
      if (performance.now() - first > sameWishMs) inEarnest();
      return;
    }
    first = performance.now();
    wish.abort(new Error("stopped"));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, hear);
  // The terminal may be gone before the last line is written.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  if (process.channel !== undefined) {
    process.once("disconnect", hear);
    process.channel.unref();
  }
  const wished = new Promise<void>((resolve) =>
    wish.signal.addEventListener("abort", () => resolve(), { once: true }),
  );
  return { signal: wish.signal, wished };
}
