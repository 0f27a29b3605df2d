import { performance } from "node:perf_hooks";
import { context, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Logger } from "@todo/kit/log";
import { counter, histogram, level } from "@todo/kit/metrics";
import { type RequestContext, requestContextKey } from "@todo/kit/request-context";
import { remoteContext, tracer } from "@todo/kit/trace";
import type { Call } from "#src/call.ts";
import { headerOf, type Incoming, type Outgoing } from "#src/http.ts";

const durations = histogram("http_server_request_duration_seconds");
const active = level("http_server_active_requests");
const refusals = counter("gateway_refusals");

/** Probes come every few seconds and say nothing: their lines are for debugging only. */
const quiet = /^(\/health|\/ready|grpc\.)/;

/** Runs a request inside of its span and its logs, and counts it when its answer has ended (R104, R105, R107). */
export function observed(
  request: Incoming,
  response: Outgoing,
  call: Call,
  log: Logger,
  serve: () => void,
): void {
  const started = performance.now();
  const parent = remoteContext(headerOf(request, "traceparent"));
  const span = tracer.startSpan("request", { kind: SpanKind.SERVER }, parent);
  const ids: RequestContext = { requestId: call.requestId };
  const inside = trace.setSpan(parent, span).setValue(requestContextKey, ids);
  active.add(1);
  response.once("close", () => {
    active.add(-1);
    context.with(inside, () =>
      finish({ request, response, call, log, span, ms: performance.now() - started }),
    );
  });
  context.with(inside, serve);
}

interface Finished {
  request: Incoming;
  response: Outgoing;
  call: Call;
  log: Logger;
  span: Span;
  ms: number;
}

function finish({ request, response, call, log, span, ms }: Finished): void {
  // Node calls the answer of a stream that was reset ended, though nothing of it was sent.
  const complete = response.headersSent && (response.writableFinished || response.writableEnded);
  const reason = call.reason ?? (complete ? undefined : "CANCELLED");
  const status = response.headersSent ? response.statusCode : 0;
  const attributes = {
    "http.route": call.route,
    "http.response.status_code": `${status}`,
    "network.protocol.version": request.httpVersionMajor === 2 ? "2" : "1.1",
    ...(reason && { "error.type": reason }),
  } as const;
  durations.record(ms / 1000, attributes);
  if (reason) refusals.add(1, { reason });
  span.updateName(call.route);
  span.setAttributes({ ...attributes, "http.response.status_code": status });
  if (status >= 500 || reason === "INTERNAL") span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
  const level = quiet.test(call.route) ? "debug" : "info";
  log[level](
    { route: call.route, status, ...(reason && { reason }), took_ms: Math.round(ms * 100) / 100 },
    "request",
  );
}
