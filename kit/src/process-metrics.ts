import { type EventLoopUtilization, monitorEventLoopDelay, performance } from "node:perf_hooks";
import { cpuUsage, memoryUsage, uptime } from "node:process";
import { gauge, observedCounter } from "./metrics.ts";

/** What the process itself uses. Loaded once, with whatever answers /metrics. */
function observeProcess(): void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  observedCounter("process_cpu_seconds", () => {
    const { user, system } = cpuUsage();
    return [
      [user / 1e6, { state: "user" }],
      [system / 1e6, { state: "system" }],
    ];
  });
  gauge("process_resident_memory_bytes", () => [[memoryUsage.rss()]]);
  gauge("process_heap_used_bytes", () => [[memoryUsage().heapUsed]]);
  gauge("process_uptime_seconds", () => [[uptime()]]);
  gauge("nodejs_eventloop_delay_p99_seconds", () => {
    const seconds = delay.percentile(99) / 1e9;
    delay.reset();
    return [[seconds]];
  });
  gauge("nodejs_eventloop_utilization_ratio", () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return [[utilization]];
  });
}

observeProcess();
