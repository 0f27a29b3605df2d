import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { repository } from "@todo/local/repository";
import { expect, it } from "vitest";
import { withSection } from "../faults/page.ts";
import { startSoakBed } from "./bed.ts";
import { startLoad } from "./load.ts";
import { prove } from "./proof.ts";
import { soakSection } from "./report.ts";
import { letTimePass, mebibytesOf } from "./run.ts";
import { takeSample } from "./sample.ts";

const hours = Number(process.env["SOAK_HOURS"] ?? 1);
const seed = Number(process.env["SOAK_SEED"] ?? 1);
const minutes = Math.max(1, Math.round(hours * 60));
const restMs = 120_000;

it(`left alone for ${minutes} minutes under a steady load, it serves everybody and keeps its bounds, seed ${seed} [R064, R091]`, async () => {
  await using bed = await startSoakBed();
  const before = await takeSample(bed);
  const load = await startLoad(bed, seed);
  const course = await letTimePass(bed, load, { minutes, told: tell });
  await load.stop();
  expect.soft(course.breaches).toEqual([]);
  expect.soft(bed.deaths).toEqual([]);
  const proof = await prove(bed, load);
  await sleep(restMs);
  const result = { course, seed, before, rested: await takeSample(bed), ...proof.counts };
  const section = soakSection(result);
  console.log(section);
  if (process.env["SOAK_WRITE"] === "1") writeInto("docs/reliability.md", section);
  expect.soft(proof.violations).toEqual([]);
  expect.soft(proof.complaints).toEqual([]);
}, 86_400_000);

let told = 0;
function tell(
  minute: { calls: readonly unknown[]; sample: Parameters<typeof mebibytesOf>[0] },
  breaches: readonly string[],
) {
  told += 1;
  const { sample, calls } = minute;
  const words = breaches.length === 0 ? "" : `: ${breaches.join("; ")}`;
  console.log(`minute ${told}: ${calls.length} calls, ${mebibytesOf(sample).toFixed(0)} MiB${words}`);
}

function writeInto(page: string, section: string): void {
  const file = join(repository, page);
  writeFileSync(file, withSection(readFileSync(file, "utf8"), section));
}
