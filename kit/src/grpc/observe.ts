import { performance } from "node:perf_hooks";
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor, type StreamResponse } from "@connectrpc/connect";
import { context, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { requestIdHeader } from "../assertion.ts";
import { codeName, reasonOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { counter, histogram, type LabelsOf, level } from "../metrics.ts";
import { type RequestContext, requestContextKey } from "../request-context.ts";
import type { AppId } from "../services.ts";
import { remoteContext, tracer } from "../trace.ts";
import { deadlineOf, headerOf } from "./call.ts";
import { bindIterable } from "./iterable.ts";
import { requestIdOf, requestKey } from "./request-id.ts";

const durations = histogram("rpc_server_duration_seconds");
const calls = counter("rpc_server_calls");
const active = level("rpc_server_active");

/** The span, the request id, the metrics and the one log line of each call (R104, R105, R107). Ids only, no bodies. */
export function observe(log: Logger, app?: AppId): Interceptor {
  return (next) => async (request) => {
    const names = namesOf(request.method);
    const requestContext: RequestContext = { requestId: requestIdOf(headerOf(request, requestIdHeader)) };
    const deadline = deadlineOf(request);
    if (deadline !== undefined) requestContext.deadline = deadline;
    request.contextValues.set(requestKey, requestContext);
    const parent = remoteContext(headerOf(request, "traceparent"));
    const span = tracer.startSpan(
      names.path,
      { kind: SpanKind.SERVER, attributes: names.attributes },
      parent,
    );
    if (app !== undefined) span.setAttribute("todo.app", app);
    const inside = trace.setSpan(parent, span).setValue(requestContextKey, requestContext);
    const start = performance.now();
    active.add(1, names.attributes);
    const end = (error?: unknown) => {
      // What a call leaves behind goes on at its own pace.
      delete requestContext.deadline;
      context.with(inside, () => finish({ log, names, span, start, error, failed: error !== undefined }));
    };
    try {
      const response = await context.with(inside, next, undefined, request);
      if (!response.stream) {
        end();
        return response;
      }
      return { ...response, message: bindIterable(response.message, inside, end) } as StreamResponse;
    } catch (error) {
      end(error ?? new Error("nothing was thrown"));
      throw error;
    }
  };
}

interface Names {
  path: string;
  attributes: LabelsOf<"rpc_server_active">;
  /** Probes come every few seconds and say nothing: their lines are for debugging only. */
  quiet: boolean;
}

const namesByMethod = new WeakMap<DescMethod, Names>();

function namesOf(method: DescMethod): Names {
  let names = namesByMethod.get(method);
  if (names === undefined) {
    const { typeName } = method.parent;
    names = {
      path: `${typeName}/${method.name}`,
      attributes: { "rpc.system": "grpc", "rpc.service": typeName, "rpc.method": method.name },
      quiet: method.name === "HealthCheck" || typeName.startsWith("grpc."),
    };
    namesByMethod.set(method, names);
  }
  return names;
}

function finish(o: {
  log: Logger;
  names: Names;
  span: Span;
  start: number;
  failed: boolean;
  error: unknown;
}): void {
  const { log, names, span } = o;
  const tookMs = performance.now() - o.start;
  const failure = o.failed ? ConnectError.from(o.error, Code.Internal) : undefined;
  const code = failure === undefined ? "OK" : codeName(failure.code);
  const attributes = { ...names.attributes, "rpc.grpc.status": code };
  durations.record(tookMs / 1_000, attributes);
  calls.add(1, attributes);
  active.add(-1, names.attributes);
  if (failure !== undefined) {
    span.setAttribute("rpc.grpc.status_code", failure.code);
    if (isServerFault(failure.code)) span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
  const line = { method: names.path, code, took_ms: Math.round(tookMs * 100) / 100 };
  const reason = failure === undefined ? undefined : reasonOf(failure);
  log[names.quiet ? "debug" : "info"](reason === undefined ? line : { ...line, reason }, "call");
}

/** The codes that a server's span reports as an error, by OpenTelemetry's conventions for gRPC. */
function isServerFault(code: Code): boolean {
  return [
    Code.Unknown,
    Code.DeadlineExceeded,
    Code.Unimplemented,
    Code.Internal,
    Code.Unavailable,
    Code.DataLoss,
  ].includes(code);
}
