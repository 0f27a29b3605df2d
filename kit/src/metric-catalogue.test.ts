import { describe, expect, it } from "vitest";
import { exposedName, metricNames, specOfMetric } from "./metric-catalogue.ts";
import { counter, gauge, renderMetrics } from "./metrics.ts";

describe("the metric catalogue", () => {
  it.each(metricNames)("names %s by its unit, and says who has it", (name) => {
    const { kind, help, apps } = specOfMetric(name);
    expect(exposedName(name)).toMatch(/^[a-z]+(_[a-z0-9]+)+$/);
    if (kind === "histogram") expect(name).toMatch(/_seconds$/);
    expect(help).toMatch(/^[A-Z0-9].*[^.]$/);
    expect(apps.length).toBeGreaterThan(0);
  });

  it.each(metricNames)("knows every value of %s's labels, and they are few", (name) => {
    for (const { values } of Object.values(specOfMetric(name).labels)) {
      expect(values.length).toBeGreaterThan(0);
      expect(values.length).toBeLessThanOrEqual(600);
      expect(new Set(values).size).toBe(values.length);
    }
  });

  it("has no label by which somebody could be told from others [R104]", () => {
    const labels = new Set(metricNames.flatMap((name) => Object.keys(specOfMetric(name).labels)));
    expect([...labels].filter((label) => /user|task|title|email|token|address|(^|_)id$/.test(label))).toEqual(
      [],
    );
  });
});

describe("a metric", () => {
  it("stands on /metrics before anything was counted [R107]", async () => {
    counter("mesh_breaker_opened");
    counter("rpc_server_refused");
    const text = await renderMetrics();
    expect(text).toContain("# TYPE mesh_breaker_opened_total counter\n");
    expect(text).toMatch(/^rpc_server_refused_total 0$/m);
  });

  it("is read when somebody looks, until it is given up", async () => {
    let depth = 3;
    const stop = gauge("outbox_depth", () => [[depth, { schema: "task" }]]);
    expect(await renderMetrics()).toMatch(/^outbox_depth\{schema="task"\} 3$/m);
    depth = 4;
    expect(await renderMetrics()).toMatch(/^outbox_depth\{schema="task"\} 4$/m);
    stop();
    depth = 5;
    expect(await renderMetrics()).not.toMatch(/^outbox_depth\{.*5$/m);
  });
});
