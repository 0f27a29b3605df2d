import { domainError, ErrorReason, toConnectError } from "@todo/kit/errors";

/** How long answers to calls that were ended may take to leave. */
const lastWordsMs = 500;

/** The two signals of an ordered stop. Both fire with SHUTTING_DOWN. */
export interface Shutdown {
  /** Fires when the stop begins, and ends the streams. */
  readonly stopping: AbortSignal;
  /** Fires when the grace period is over, and ends every call. */
  readonly stopped: AbortSignal;
  /** Runs `close`, which may take `graceMs` by itself, and ends the calls shortly before it loses its patience. */
  run(close: () => Promise<void>, graceMs: number): Promise<void>;
}

export function createShutdown(): Shutdown {
  const stopping = new AbortController();
  const stopped = new AbortController();
  const reason = () => toConnectError(domainError(ErrorReason.SHUTTING_DOWN, "shutting down"));
  return {
    stopping: stopping.signal,
    stopped: stopped.signal,
    async run(close, graceMs) {
      stopping.abort(reason());
      const timer = setTimeout(() => stopped.abort(reason()), Math.max(0, graceMs - lastWordsMs));
      await close();
      clearTimeout(timer);
      stopped.abort(reason());
    },
  };
}
