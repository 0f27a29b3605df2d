import { memoryBound } from "@todo/local/process/usage/memory-bounds";
import { type Call, callKinds } from "../faults/calls.ts";
import type { Sample } from "./sample.ts";

/** A minute of a soak: what its calls came to, and a look at the system at its end. */
export interface Minute {
  readonly calls: readonly Call[];
  readonly sample: Sample;
}

/** What nothing may exceed, and what every minute must have. */
export interface SoakRules {
  /** The share of a minute's calls that may fail: a busy machine lets a deadline pass now and then. */
  readonly failedShare: number;
  readonly handles: number;
  readonly connections: number;
  readonly logMebibytes: number;
  readonly outboxSeconds: number;
  readonly lag: number;
  readonly certificateLeft: number;
}

export const soakRules: SoakRules = {
  failedShare: 0.01,
  handles: 512,
  connections: 120,
  logMebibytes: 1_024,
  outboxSeconds: 60,
  lag: 5_000,
  certificateLeft: 0.1,
};

/** Says in words what was wrong with a minute; nothing: all was well. */
export function breachesIn({ calls, sample }: Minute, rules: SoakRules = soakRules): string[] {
  return [...breachesOfCalls(calls, rules), ...breachesOfProcesses(sample, rules), ...others(sample, rules)];
}

function breachesOfCalls(calls: readonly Call[], { failedShare }: SoakRules): string[] {
  const failed = calls.filter(({ outcome }) => outcome !== "OK");
  const kinds = [...new Set(failed.map(({ kind, outcome }) => `${kind}: ${outcome}`))];
  const answered = new Set(calls.filter(({ outcome }) => outcome === "OK").map(({ kind }) => kind));
  return [
    ...callKinds.filter((kind) => !answered.has(kind)).map((kind) => `no call of the kind ${kind} succeeded`),
    ...(failed.length > calls.length * failedShare
      ? [`${failed.length} of ${calls.length} calls failed (${kinds.join(", ")})`]
      : []),
  ];
}

function breachesOfProcesses({ holdings, deaths }: Sample, rules: SoakRules): string[] {
  const each = [...holdings].flatMap(([name, { mebibytes, handles }]) => [
    ...(mebibytes > memoryBound(name)
      ? [`${name} holds ${Math.round(mebibytes)} MiB, above ${memoryBound(name)}`]
      : []),
    ...(handles > rules.handles ? [`${name} has ${handles} handles open`] : []),
  ]);
  return deaths === 0 ? each : [`${deaths} processes ended by themselves`, ...each];
}

function others(sample: Sample, rules: SoakRules): string[] {
  const figures = [
    ["connections of the database", sample.connections, rules.connections],
    ["MiB of logs", sample.logMebibytes, rules.logMebibytes],
    ["seconds of waiting for the broker", sample.outboxSeconds, rules.outboxSeconds],
    ["records that consumers are behind", sample.lag, rules.lag],
  ] as const;
  const certificate = `a certificate has ${(sample.certificateLeft * 100).toFixed(0)} % of its time left`;
  return [
    ...sample.unready.map((app) => `${app} was not ready`),
    ...figures.filter(([, is, most]) => is > most).map(([what, is]) => `${Math.round(is)} ${what}`),
    ...(sample.certificateLeft < rules.certificateLeft ? [certificate] : []),
  ];
}
