import { describe, expect, it } from "vitest";
import { processOf, usageOf } from "./processes.ts";

const rest = "0 -1 4194560 9 8 7 6 150 50 30 20 20 0 11 0 7777 99999 256 184 1 2";

describe("a process in /proc", () => {
  it("is read whatever its name holds", () => {
    const found = { pid: 42, parent: 7, cpuMs: 2_500, rssBytes: 256 * 4_096 };
    expect(processOf(`42 (node) S 7 42 42 ${rest}`, 4_096)).toEqual(found);
    expect(processOf(`42 (a) 9 (b c) S 7 42 42 ${rest}`, 4_096)).toEqual(found);
  });
});

describe("the usage of a process", () => {
  const of = (pid: number, parent: number) => ({ pid, parent, cpuMs: pid * 10, rssBytes: pid * 100 });

  it("counts all that it started, and nobody else", () => {
    const all = [of(1, 0), of(2, 1), of(3, 2), of(4, 2), of(5, 1)];
    expect(usageOf(2, all)).toEqual({ processes: 3, cpuMs: 90, rssBytes: 900 });
  });

  it("is nothing if it is gone", () => {
    expect(usageOf(9, [of(1, 0)])).toEqual({ processes: 0, cpuMs: 0, rssBytes: 0 });
  });
});
