import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { type Health, HealthCheckResponse_ServingStatus as Serving } from "@todo/proto/grpc/health/v1/health";

/** The state behind grpc.health.v1: serving until told otherwise. */
export interface ServingState {
  readonly impl: ServiceImpl<typeof Health>;
  /** From now on every service is NOT_SERVING, watchers are told, and their streams end. */
  stop(): void;
}

/** Health checking protocol of gRPC. `names` are the full names of the services; the empty name is the whole server. */
export function servingState(names: readonly string[]): ServingState {
  const stopped = new AbortController();
  const known = new Set(["", ...names]);
  const status = (name: string) => {
    if (!known.has(name)) return Serving.SERVICE_UNKNOWN;
    return stopped.signal.aborted ? Serving.NOT_SERVING : Serving.SERVING;
  };
  const impl: ServiceImpl<typeof Health> = {
    check({ service }) {
      if (!known.has(service)) throw new ConnectError("unknown service", Code.NotFound);
      return { status: status(service) };
    },
    list() {
      return { statuses: Object.fromEntries([...known].map((name) => [name, { status: status(name) }])) };
    },
    async *watch({ service }, context) {
      yield { status: status(service) };
      if (stopped.signal.aborted) return;
      await firstAbort([stopped.signal, context.signal]);
      if (known.has(service) && !context.signal.aborted) yield { status: status(service) };
    },
  };
  return { impl, stop: () => stopped.abort() };
}

function firstAbort(signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    }
  });
}
