import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "@todo/local/repository";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, type BedOptions, startBed } from "./bed.ts";
import { endure } from "./endure.ts";
import { type Fault, fullTimes, shortTimes } from "./fault.ts";
import { clusterFaults, mixedFaults, singleFaults } from "./faults.ts";
import { shareOf } from "./overload/load.ts";
import {
  databaseConnections,
  mostMebibytes,
  type OverloadResult,
  overload,
  overloadPlan,
} from "./overload/overload.ts";
import { overloadSection } from "./overload/report.ts";
import { keepingSections } from "./page.ts";
import { type Result, reliabilityPage, resultTable } from "./report.ts";
import { oneOfEachKind } from "./subset.ts";

const seed = Number(process.env["FAULTS_SEED"] ?? 1);
const times = process.env["FAULTS_SHORT"] === "1" ? shortTimes : fullTimes;
const subset = process.env["FAULTS_SUBSET"] === "1";
const all = [...singleFaults(times), ...mixedFaults(times, 6, seed)];
const single = subset ? oneOfEachKind(all, seed) : all;
const cluster = subset ? [] : clusterFaults(times);
const results: Result[] = [];
let overloaded: OverloadResult | undefined;

describe(`while users are at work with seed ${seed}`, () => {
  afterAll(() => {
    console.log(resultTable(results));
    // Part of a run says nothing about the whole.
    const whole = !subset && results.length === single.length + cluster.length;
    if (whole && overloaded !== undefined && process.env["FAULTS_WRITE"] === "1")
      writePage(reliabilityPage({ results, overload: overloaded, seed }));
  });

  describe("of a system with one broker", () => faultsOn({ brokers: 1 }, single));
  if (cluster.length > 0) describe("of a system with three brokers", () => faultsOn({ brokers: 3 }, cluster));
  if (!subset) describe("of a system that is asked too much", overloadOn);
});

/** Writes the document anew, but for the sections of other runs and those written by hand. */
function writePage(page: string): void {
  const file = join(repository, "docs/reliability.md");
  writeFileSync(file, keepingSections(page, readFileSync(file, "utf8")));
}

/** Longer than all bounds of one fault together. */
const timeout = 600_000;

/** Tests faults one after the other, on a system that goes on through all of them. */
function faultsOn(options: BedOptions, faults: readonly Fault[]): void {
  const theBed = bedOf(options);
  it.each(faults)(
    "$name: nothing is lost, doubled, out of order or shown to others [R064, R070, R091]",
    async (fault) => {
      const bed = theBed();
      await bed.mend();
      results.push(await endure(bed, fault, seed));
    },
    timeout,
  );
}

function overloadOn(): void {
  const theBed = bedOf({ brokers: 1, databaseConnections });
  it("asked for five times its most: does most of that, refuses the rest with a time, is back at once [R097]", async () => {
    overloaded = await overload(theBed(), overloadPlan);
    console.log(overloadSection(overloaded));
    const { peak, during, after, memory } = overloaded;
    expect.soft([...peak.endings.keys()]).toEqual(["done"]);
    const answered = ["done", "refused", "deadline_exceeded"];
    expect.soft([...during.endings.keys()].filter((ending) => !answered.includes(ending))).toEqual([]);
    expect.soft(shareOf(during, "deadline_exceeded")).toBeLessThan(0.01);
    expect.soft(during.donePerSecond / peak.donePerSecond).toBeGreaterThanOrEqual(0.8);
    expect.soft(after.donePerSecond / after.offeredPerSecond).toBeGreaterThanOrEqual(0.95);
    for (const [name, mebibytes] of memory) expect.soft(mebibytes, name).toBeLessThan(mostMebibytes);
  });
}

/** A system for all tests of a suite. */
function bedOf(options: BedOptions): () => Bed {
  let bed: Bed | undefined;
  beforeAll(async () => {
    bed = await startBed(options);
  });
  afterAll(async () => {
    await bed?.[Symbol.asyncDispose]();
  });
  return () => {
    if (bed === undefined) throw new Error("the system did not start");
    return bed;
  };
}
