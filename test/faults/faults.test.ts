import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "@todo/local/repository";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type Bed, type BedOptions, startBed } from "./bed.ts";
import { endure } from "./endure.ts";
import { type Fault, fullTimes, shortTimes } from "./fault.ts";
import { singleFaults } from "./faults.ts";
import { type Result, reliabilityPage, resultTable } from "./report.ts";

const seed = Number(process.env["FAULTS_SEED"] ?? 1);
const short = process.env["FAULTS_SHORT"] === "1";
const times = short ? shortTimes : fullTimes;
const singles = singleFaults(times);
const results: Result[] = [];

describe(`while users are at work with seed ${seed}`, () => {
  afterAll(() => {
    console.log(resultTable(results));
    // Part of a run says nothing about the whole.
    if (results.length === singles.length && process.env["FAULTS_WRITE"] === "1")
      writeFileSync(join(repository, "docs/reliability.md"), reliabilityPage(results, seed));
  });

  describe("of a system with one broker", () => faultsOn({ brokers: 1 }, singles));
});

/** Tests faults one after the other, on a system that goes on through all of them. */
function faultsOn(options: BedOptions, faults: readonly Fault[]): void {
  let bed: Bed | undefined;
  beforeAll(async () => {
    bed = await startBed(options);
  });
  afterAll(async () => {
    await bed?.[Symbol.asyncDispose]();
  });

  it.each(faults)(
    "$name: nothing is lost, doubled, out of order or shown to others [R064, R070, R091]",
    async (fault) => {
      if (bed === undefined) throw new Error("the system did not start");
      await bed.mend();
      results.push(await endure(bed, fault, seed));
    },
  );
}
