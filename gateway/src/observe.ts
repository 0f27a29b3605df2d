import { performance } from "node:perf_hooks";
import { type Attributes, context, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Logger } from "@todo/kit/log";
import { meter, secondsBuckets } from "@todo/kit/metrics";
import { type RequestContext, requestContextKey } from "@todo/kit/request-context";
import { remoteContext, tracer } from "@todo/kit/trace";
import type { Call } from "#src/call.ts";
import { headerOf, type Incoming, type Outgoing } from "#src/http.ts";

const durations = meter.createHistogram("http.server.request.duration", {
  unit: "s",
  description: "Time from a request's headers to the end of its answer",
  advice: { explicitBucketBoundaries: secondsBuckets },
});
const active = meter.createUpDownCounter("http.server.active_requests", {
  description: "Requests that are at work now",
});

/** Probes come every few seconds and say nothing: their lines are for debugging only. */
const quiet = /^(\/health|\/ready|\/metrics|grpc\.)/;

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
  const complete = response.writableFinished || response.writableEnded;
  const reason = call.reason ?? (complete ? undefined : "CANCELLED");
  const status = response.headersSent ? response.statusCode : 0;
  const attributes: Attributes = {
    "http.route": call.route,
    "http.response.status_code": status,
    "network.protocol.version": request.httpVersionMajor === 2 ? "2" : "1.1",
    ...(reason && { "error.type": reason }),
  };
  durations.record(ms / 1000, attributes);
  span.updateName(call.route);
  span.setAttributes(attributes);
  if (status >= 500 || reason === "INTERNAL") span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
  const level = quiet.test(call.route) ? "debug" : "info";
  log[level](
    { route: call.route, status, ...(reason && { reason }), took_ms: Math.round(ms * 100) / 100 },
    "request",
  );
}
