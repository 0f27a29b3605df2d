import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "@todo/local/repository";
import { expect, it } from "vitest";
import { startBed } from "./bed.ts";
import { withSection } from "./page.ts";
import { proveSeries } from "./series/proof.ts";
import { seriesSection } from "./series/report.ts";
import { replicas } from "./series/strikes.ts";

const seed = Number(process.env["FAULTS_SEED"] ?? 1);
const subset = process.env["FAULTS_SUBSET"] === "1";
const plan = subset
  ? { completions: 200, rounds: 3, users: 8 }
  : { completions: 2_000, rounds: 20, users: 10 };

it(`${plan.completions} completions while replicas, sidecars and the broker are killed: ${plan.completions} next tasks, none twice, none missing, seed ${seed} [R019, R020, R021]`, async () => {
  await using bed = await startBed({ brokers: 1, replicas });
  const result = await proveSeries(bed, { ...plan, seed });
  const section = seriesSection(result);
  console.log(section);
  expect(result.next).toBe(plan.completions);
  if (!subset && process.env["FAULTS_WRITE"] === "1") writeInto("docs/reliability.md", section);
}, 1_200_000);

function writeInto(page: string, section: string): void {
  const file = join(repository, page);
  writeFileSync(file, withSection(readFileSync(file, "utf8"), section));
}
