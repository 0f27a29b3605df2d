/** The recurrence service and the echo, mounted alike on one server. */
import type { Interceptor } from "@connectrpc/connect";
import { mount, serveGrpc } from "@todo/kit/grpc/server";
import { createLogger } from "@todo/kit/log";
import { RecurrenceService } from "@todo/proto/todo/recurrence/v1/recurrence_service";
import { createRecurrenceService } from "@todo/recurrence/recurrence-service";
import { serveParent } from "#src/child/serve-parent.ts";
import { EchoService } from "#src/mount/echo.ts";

const passThrough: Interceptor = (next) => (request) => next(request);

await serveParent(process, () =>
  serveGrpc({
    port: 0,
    mounts: [
      mount(EchoService, { say: (request) => request }),
      mount(RecurrenceService, createRecurrenceService({ now: () => new Date(), tzdata: "" })),
    ],
    interceptors: [passThrough, passThrough, passThrough],
    shutdown: new AbortController().signal,
    graceMs: 0,
    log: createLogger({ service: "bench", level: "warn" }),
  }),
);
