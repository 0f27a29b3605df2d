import { performance } from "node:perf_hooks";
import type { DescMethod } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { codeName } from "../errors.ts";
import { histogram } from "../metrics.ts";
import type { AppId } from "../services.ts";
import { tracer } from "../trace.ts";

const durations = histogram("rpc_client_duration_seconds");

/** Runs a call inside of a span of its own and measures it. */
export async function observed<T>(app: AppId, method: DescMethod, call: () => Promise<T>): Promise<T> {
  const { typeName } = method.parent;
  const attributes = { "rpc.service": typeName, "rpc.method": method.name, "peer.service": app };
  const span = tracer.startSpan(`${typeName}/${method.name}`, { kind: SpanKind.CLIENT, attributes });
  const start = performance.now();
  let code = "OK";
  try {
    return await context.with(trace.setSpan(context.active(), span), call);
  } catch (error) {
    code = codeName(ConnectError.from(error).code);
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    const outcome = { "rpc.grpc.status": code };
    durations.record((performance.now() - start) / 1_000, { ...attributes, ...outcome });
    span.setAttributes(outcome).end();
  }
}
