import { type EventLoopUtilization, monitorEventLoopDelay, performance } from "node:perf_hooks";
import { cpuUsage, memoryUsage, uptime } from "node:process";
import { metrics } from "@opentelemetry/api";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";

// One per process, as its /metrics is: read on demand, with no server and no timer of its own.
const reader = new PrometheusExporter({ preventServerStart: true });
const provider = new MeterProvider({ readers: [reader] });
metrics.setGlobalMeterProvider(provider);

/**
 * Where every instrument of ours is made. Names are Prometheus names with their unit, such as `x_duration_seconds`; a
 * counter gets its `_total` when it is rendered. Attributes are low in number and never hold ids or text of
 * users.
 */
export const meter = provider.getMeter("todo");

/** Upper bounds in seconds for the time that calls and statements take. */
export const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);

/** All metrics of this process in Prometheus' text format 0.0.4 (R107). */
export async function renderMetrics(): Promise<string> {
  const { resourceMetrics } = await reader.collect();
  return serializer.serialize(resourceMetrics);
}

function observeProcess(): void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  const gauge = (name: string, description: string, read: () => number) =>
    meter.createObservableGauge(name, { description }).addCallback((result) => result.observe(read()));

  meter
    .createObservableCounter("process_cpu_seconds", { description: "CPU time spent" })
    .addCallback((result) => {
      const { user, system } = cpuUsage();
      result.observe(user / 1e6, { state: "user" });
      result.observe(system / 1e6, { state: "system" });
    });
  gauge("process_resident_memory_bytes", "Resident memory", () => memoryUsage.rss());
  gauge("process_heap_used_bytes", "Heap in use", () => memoryUsage().heapUsed);
  gauge("process_uptime_seconds", "Time since the process started", () => uptime());
  gauge(
    "nodejs_eventloop_delay_p99_seconds",
    "99th percentile of the event loop's delay since the last reading",
    () => {
      const seconds = delay.percentile(99) / 1e9;
      delay.reset();
      return seconds;
    },
  );
  gauge(
    "nodejs_eventloop_utilization_ratio",
    "Share of time the event loop was busy since the last reading",
    () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      return utilization;
    },
  );
}

observeProcess();
