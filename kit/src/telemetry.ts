/**
 * Loaded before everything else: `node --import <this file>`. The only reader of OTEL_*.
 *
 * Traces leave the process by OTLP over HTTP if an endpoint is set. Without one nothing leaves it, but spans still have
 * ids and the trace goes on over calls and events, so that the logs of all apps can be joined.
 */
import { env } from "node:process";
import { context, propagation, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { defaultResource, detectResources, envDetector } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { AsyncContextManager } from "./context-manager.ts";

async function spanProcessors(): Promise<SpanProcessor[]> {
  const endpoint = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] ?? env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  if (endpoint === undefined || endpoint === "" || env["OTEL_SDK_DISABLED"] === "true") return [];
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-proto");
  return [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })];
}

/** OTEL_TRACES_SAMPLER and its argument; without an exporter new traces are not sampled, others keep their flag. */
function sampler(exports: boolean): Sampler {
  const ratio = Number(env["OTEL_TRACES_SAMPLER_ARG"] ?? "1");
  switch (exports ? (env["OTEL_TRACES_SAMPLER"] ?? "parentbased_always_on") : "parentbased_always_off") {
    case "always_off":
      return new AlwaysOffSampler();
    case "always_on":
      return new AlwaysOnSampler();
    case "traceidratio":
      return new TraceIdRatioBasedSampler(ratio);
    case "parentbased_traceidratio":
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
    case "parentbased_always_off":
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    default:
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
  }
}

const processors = await spanProcessors();
context.setGlobalContextManager(new AsyncContextManager());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(
  new TracerProvider({
    resource: defaultResource().merge(detectResources({ detectors: [envDetector] })),
    sampler: sampler(processors.length > 0),
    spanProcessors: processors,
  }),
);
