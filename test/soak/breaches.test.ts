import { describe, expect, it } from "vitest";
import { type Call, callKinds } from "../faults/calls.ts";
import { breachesIn, type Minute, soakRules } from "./breaches.ts";
import type { Sample } from "./sample.ts";

const call = (kind: Call["kind"], outcome = "OK"): Call => ({ kind, outcome, begun: 0, ended: 1 });
const well: Sample = {
  at: 0,
  holdings: new Map([["app:task", { pid: 1, mebibytes: 200, handles: 40 }]]),
  unready: [],
  connections: 20,
  logMebibytes: 1,
  outboxSeconds: 0,
  lag: 3,
  certificateLeft: 0.6,
  deaths: 0,
};
const calls = callKinds.flatMap((kind) => Array.from({ length: 50 }, () => call(kind)));
const minute = (o: { calls?: Call[]; sample?: Partial<Sample> }): Minute => ({
  calls: o.calls ?? calls,
  sample: { ...well, ...o.sample },
});

describe("a minute of a soak", () => {
  it("in which all was well has no breach, a single failed call included", () => {
    expect(breachesIn(minute({}))).toEqual([]);
    expect(breachesIn(minute({ calls: [...calls, call("write", "DEADLINE_EXCEEDED")] }))).toEqual([]);
  });

  it("tells a kind of call that nobody was answered, and failures above the share", () => {
    const silent = calls.filter(({ kind }) => kind !== "audit");
    expect(breachesIn(minute({ calls: silent }))).toEqual(["no call of the kind audit succeeded"]);
    const many = [...calls, call("list", "UNAVAILABLE"), call("list", "UNAVAILABLE"), call("write", "x")];
    expect(breachesIn(minute({ calls: many }))).toEqual([
      "3 of 203 calls failed (list: UNAVAILABLE, write: x)",
    ]);
  });

  it.each<[Partial<Sample>, string]>([
    [{ unready: ["task"] }, "task was not ready"],
    [{ deaths: 1 }, "1 processes ended by themselves"],
    [{ connections: soakRules.connections + 1 }, "121 connections of the database"],
    [{ logMebibytes: 2_000 }, "2000 MiB of logs"],
    [{ outboxSeconds: 61 }, "61 seconds of waiting for the broker"],
    [{ lag: 9_999 }, "9999 records that consumers are behind"],
    [{ certificateLeft: 0 }, "a certificate has 0 % of its time left"],
    [
      { holdings: new Map([["app:task", { pid: 1, mebibytes: 900, handles: 40 }]]) },
      "app:task holds 900 MiB, above 512",
    ],
    [
      { holdings: new Map([["app:task", { pid: 1, mebibytes: 200, handles: 600 }]]) },
      "app:task has 600 handles open",
    ],
  ])("tells of %o", (sample, told) => {
    expect(breachesIn(minute({ sample }))).toEqual([told]);
  });
});
