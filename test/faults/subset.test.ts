import { expect, it } from "vitest";
import { shortTimes } from "./fault.ts";
import { mixedFaults, singleFaults } from "./faults.ts";
import { oneOfEachKind, shortKinds } from "./subset.ts";

const all = [...singleFaults(shortTimes), ...mixedFaults(shortTimes, 1, 1)];

it("a short run holds one fault of each kind, and over the seeds every fault of the kind", () => {
  const seeds = Array.from({ length: 300 }, (_, n) => n + 1);
  const chosen = seeds.map((seed) => oneOfEachKind(all, seed));
  for (const faults of chosen) expect(faults.map(({ kind }) => kind)).toEqual(shortKinds);
  const seen = new Set(chosen.flat().map(({ name }) => name));
  const possible = all.filter(({ kind }) => shortKinds.includes(kind));
  expect([...seen].sort()).toEqual(possible.map(({ name }) => name).sort());
});
