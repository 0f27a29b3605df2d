import { metrics, type ObservableResult } from "@opentelemetry/api";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { exposedName, type MetricName, type metricCatalogue, specOfMetric } from "./metric-catalogue.ts";
import type { Label } from "./metric-labels.ts";

// One per process, as its /metrics is: read on demand, with no server and no timer of its own.
const reader = new PrometheusExporter({ preventServerStart: true });
const provider = new MeterProvider({ readers: [reader] });
metrics.setGlobalMeterProvider(provider);
const meter = provider.getMeter("todo");

type Catalogue = typeof metricCatalogue;
type NameOf<Kind> = { [N in MetricName]: Catalogue[N]["kind"] extends Kind ? N : never }[MetricName];

/** The labels of a metric with the values that each may have. */
export type LabelsOf<N extends MetricName> = {
  readonly [L in keyof Catalogue[N]["labels"]]?: Catalogue[N]["labels"][L] extends Label<infer V> ? V : never;
};

/** Something that is counted. */
export interface Counter<N extends MetricName> {
  add(value: number, labels?: LabelsOf<N>): void;
}

/** Something whose size is spread over buckets. */
export interface Histogram<N extends MetricName> {
  record(value: number, labels?: LabelsOf<N>): void;
}

/** Upper bounds in seconds for the time that calls and statements take. */
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Further ones for what may wait while something is away. */
const patience = [30, 60, 300, 900, 3_600, 86_400];

const made = new Set<MetricName>();

/** The counter of that name in the catalogue. One without labels stands on /metrics from the beginning. */
export function counter<N extends NameOf<"counter">>(name: N): Counter<N> {
  const instrument = meter.createCounter(name, describe(name));
  if (Object.keys(specOfMetric(name).labels).length === 0) instrument.add(0);
  return instrument;
}

/** The level of that name in the catalogue: a counter that also goes down. */
export function level<N extends NameOf<"level">>(name: N): Counter<N> {
  return meter.createUpDownCounter(name, describe(name));
}

/** The histogram of that name in the catalogue, in seconds. */
export function histogram<N extends NameOf<"histogram">>(
  name: N,
  o: { patient: boolean } = { patient: false },
): Histogram<N> {
  const explicitBucketBoundaries = o.patient ? [...seconds, ...patience] : seconds;
  return meter.createHistogram(name, { ...describe(name), advice: { explicitBucketBoundaries } });
}

/** A reading of a gauge. */
export type Reading<N extends MetricName> = readonly [value: number, labels?: LabelsOf<N>];

/** Reads a gauge of the catalogue whenever somebody looks, until the returned function is called. */
export function gauge<N extends NameOf<"gauge">>(name: N, read: () => readonly Reading<N>[]): () => void {
  const instrument = meter.createObservableGauge(name, describe(name));
  return observe(instrument, read);
}

/** Reads a counter that something else keeps. */
export function observedCounter<N extends NameOf<"counter">>(
  name: N,
  read: () => readonly Reading<N>[],
): () => void {
  return observe(meter.createObservableCounter(name, describe(name)), read);
}

interface Observable {
  addCallback(callback: (result: ObservableResult) => void): void;
  removeCallback(callback: (result: ObservableResult) => void): void;
}

function observe<N extends MetricName>(
  instrument: Observable,
  read: () => readonly Reading<N>[],
): () => void {
  const callback = (result: ObservableResult) => {
    for (const [value, labels] of read()) result.observe(value, labels);
  };
  instrument.addCallback(callback);
  return () => instrument.removeCallback(callback);
}

function describe(name: MetricName): { description: string } {
  made.add(name);
  return { description: specOfMetric(name).help };
}

const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);

/**
 * All metrics of this process in Prometheus' text format 0.0.4 (R107). What was never counted yet is named all the same,
 * so that a reader can tell it from what is not there.
 */
export async function renderMetrics(): Promise<string> {
  const { resourceMetrics } = await reader.collect();
  const text = serializer.serialize(resourceMetrics);
  const rendered = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const silent = [...made].filter((name) => !rendered.has(exposedName(name)));
  return text + silent.map(announced).join("");
}

const types = { counter: "counter", level: "gauge", gauge: "gauge", histogram: "histogram" } as const;

function announced(name: MetricName): string {
  const { kind, help } = specOfMetric(name);
  return `# HELP ${exposedName(name)} ${help}\n# TYPE ${exposedName(name)} ${types[kind]}\n`;
}
