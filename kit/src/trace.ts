import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

export const tracer = trace.getTracer("todo");

const version00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The running span as a W3C `traceparent`; `undefined` outside of any. */
export function currentTraceparent(): string | undefined {
  const span = trace.getSpanContext(context.active());
  return span === undefined ? undefined : formatTraceparent(span);
}

/** The id of the trace that the running span belongs to, 32 hexadecimal digits; empty outside of any. */
export function currentTraceId(): string {
  const span = trace.getSpanContext(context.active());
  return span !== undefined && isSpanContextValid(span) ? span.traceId : "";
}

/** A span context as a W3C `traceparent`; `undefined` if it is not valid. */
export function formatTraceparent(span: SpanContext): string | undefined {
  if (!isSpanContextValid(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, "0")}`;
}

/**
 * Reads a `traceparent`. Of several values, joined by commas, the last one counts: a sidecar appends its own to the
 * one that it was given, so the last is the nearest parent, and all carry the same trace id (dapr/dapr#10462).
 */
export function parseTraceparent(header: string | null | undefined): SpanContext | undefined {
  if (header === null || header === undefined) return undefined;
  const match = version00.exec(header.slice(header.lastIndexOf(",") + 1).trim());
  if (match === null) return undefined;
  const [, traceId = "", spanId = "", flags = ""] = match;
  const span: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(span) ? span : undefined;
}

/** The active context with the span of a `traceparent` as its parent, unchanged if there is none. */
export function remoteContext(traceparent: string | null | undefined): Context {
  const parent = parseTraceparent(traceparent);
  return parent === undefined ? context.active() : trace.setSpanContext(context.active(), parent);
}

/** Runs `fn` so that its spans hang under a `traceparent` from elsewhere. */
export function withRemoteParent<T>(traceparent: string | null | undefined, fn: () => T): T {
  return context.with(remoteContext(traceparent), fn);
}

/**
 * Runs `fn` inside of a span that ends with it. Attributes are low in number and never hold text of users. A failure
 * is noted by its type, not by its message.
 */
export async function span<T>(
  name: string,
  attributes: Attributes,
  fn: () => Promise<T> | T,
  kind: SpanKind = SpanKind.INTERNAL,
): Promise<T> {
  return tracer.startActiveSpan(name, { attributes, kind }, async (running) => {
    try {
      return await fn();
    } catch (error) {
      running.setStatus({
        code: SpanStatusCode.ERROR,
        message: error instanceof Error ? error.name : "error",
      });
      throw error;
    } finally {
      running.end();
    }
  });
}

/** Sends what the exporter still holds. Bounded to 2 s; without an exporter nothing happens. */
export async function flushTraces(): Promise<void> {
  const provider = trace.getTracerProvider() as { getDelegate?(): unknown };
  const delegate = (provider.getDelegate?.() ?? provider) as { shutdown?(): Promise<void> };
  await Promise.race([
    delegate.shutdown?.().catch(() => undefined),
    new Promise((resolve) => setTimeout(resolve, 2_000).unref()),
  ]);
}
