import type { Interceptor } from "@connectrpc/connect";
import { mount, serveGrpc } from "@todo/kit/grpc/server";
import { createLogger } from "@todo/kit/log";
import { EchoService } from "../echo.ts";

/** The echo as a service of ours, with as many interceptors as change nothing. */
export function serveKit(): Promise<{ port: number } & AsyncDisposable> {
  const passThrough: Interceptor = (next) => (request) => next(request);
  return serveGrpc({
    port: 0,
    mounts: [mount(EchoService, { say: (request) => request })],
    interceptors: [passThrough, passThrough, passThrough],
    shutdown: new AbortController().signal,
    graceMs: 0,
    log: createLogger({ service: "bench", level: "warn" }),
  });
}
