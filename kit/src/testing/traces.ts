import { context, trace } from "@opentelemetry/api";
import {
  AlwaysOnSampler,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { AsyncContextManager } from "../context-manager.ts";

/** The spans that this process has ended, since the start or the last `reset`. */
export interface SpanCollector {
  spans(): ReadableSpan[];
  reset(): void;
}

/**
 * Records every span of this process from now on. Once per process, in place of telemetry.ts: the first one who
 * registers a provider wins.
 */
export function collectSpans(): SpanCollector {
  const exporter = new InMemorySpanExporter();
  context.setGlobalContextManager(new AsyncContextManager());
  const provider = new TracerProvider({
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  if (!trace.setGlobalTracerProvider(provider))
    throw new Error("another tracer provider is registered already");
  return { spans: () => exporter.getFinishedSpans(), reset: () => exporter.reset() };
}
