import { subscriptionsOf } from "@todo/kit/event-catalogue";
import { exposedLabel, exposedName, metricNames, specOfMetric } from "@todo/kit/metric-catalogue";
import { type AppId, appIds } from "@todo/kit/services";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";
import { eventually } from "./eventually.ts";

/** Every app shows the metrics that the catalogue says it has, and no other. */
export function metricsSuite(bed: () => Bed): void {
  describe("the metrics", () => {
    beforeAll(async () => {
      const user = await bed().signUp();
      await user.client(TaskService).createTask({ title: "counted" });
    });

    it.each(appIds)("of %s are those of the catalogue [R092, R107]", async (app) => {
      const text = await bed().metrics(app);
      const shown = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
      expect(shown.toSorted()).toEqual(metricsOf(app).map(exposedName).toSorted());
    });

    it.each(appIds)("of %s have the labels of the catalogue with values that it knows", async (app) => {
      const samples = samplesOf(await bed().metrics(app));
      expect(samples.length).toBeGreaterThan(10);
      expect(samples.flatMap((sample) => strange(app, sample))).toEqual([]);
    });

    it("say how far each consumer is behind, what is parked and what waits [R107]", async () => {
      const samples = await eventually("the lag of every topic, and the lead of every shard", async () => {
        const found = samplesOf(await bed().metrics("audit"));
        const topics = found.filter(({ name }) => name === "consumer_lag_records");
        const led = found.find(({ name }) => name === "relay_shards_led");
        const whole = topics.length === subscriptionsOf("audit").length && led?.value === "64";
        return whole ? found : undefined;
      });
      const names = new Set(samples.map(({ name }) => name));
      for (const name of ["events_parked_keys", "events_delay_seconds_count", "outbox_age_seconds"])
        expect(names).toContain(name);
    });

    it("count what happened to tasks as events of their types [R108]", async () => {
      const count = await eventually("the entry to be counted", async () =>
        samplesOf(await bed().metrics("audit")).find(
          ({ name, labels }) =>
            name === "audit_entries_total" && labels["type"] === "todo.task.v1.TaskCreated",
        ),
      );
      expect(Number(count.value)).toBeGreaterThan(0);
    });
  });
}

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: string;
}

function metricsOf(app: AppId) {
  return metricNames.filter((name) => specOfMetric(name).apps.includes(app));
}

function samplesOf(text: string): Sample[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name = "", labels = "", value = ""] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = "", of = ""]) => [label, of]);
      return { name, labels: Object.fromEntries(pairs), value };
    });
}

/** What of a sample the catalogue does not know. */
function strange(app: AppId, { name, labels }: Sample): string[] {
  const base = name.replace(/_(bucket|count|sum)$/, "");
  const metric = metricsOf(app).find((one) => [name, base].includes(exposedName(one)));
  if (metric === undefined) return [name];
  const known = Object.entries(specOfMetric(metric).labels).map(
    ([label, { values }]) => [exposedLabel(label), values] as const,
  );
  const values = new Map<string, readonly string[]>(known);
  return Object.entries(labels)
    .filter(([label, value]) => label !== "le" && !values.get(label)?.includes(value))
    .map(([label, value]) => `${name}{${label}="${value}"}`);
}
