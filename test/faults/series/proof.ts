import { deadLetters } from "@todo/local/doctor/checks/dead-letters";
import { parked } from "@todo/local/doctor/checks/parked";
import { series as seriesCheck } from "@todo/local/doctor/checks/series";
import { examine } from "@todo/local/doctor/examine";
import { reach } from "@todo/local/doctor/reach";
import { expect } from "vitest";
import type { Bed } from "../bed.ts";
import { CallLog } from "../calls.ts";
import { beginAll } from "./begin.ts";
import { checkSeries, countByKind } from "./checker.ts";
import { goThrough } from "./course.ts";
import { observeSeries, restOfSeries } from "./observe.ts";
import { type Person, startPerson } from "./person.ts";
import type { SeriesResult } from "./report.ts";
import { planStrikes, type Round } from "./strikes.ts";
import { recoveryFrom, spreadOf, waitsOf } from "./timing.ts";

export interface SeriesPlan {
  readonly completions: number;
  /** How often processes are ended. */
  readonly rounds: number;
  readonly users: number;
  readonly seed: number;
}

const restMs = 120_000;

/** While calls hang, the gateway takes fewer of them at once than there are series. */
const crowded = "RESOURCE_EXHAUSTED (RATE_LIMITED)";

/** Lets users bring their series on while processes end, and compares what they know with what the system holds. */
export async function proveSeries(bed: Bed, plan: SeriesPlan): Promise<SeriesResult> {
  await using stack = new AsyncDisposableStack();
  const log = new CallLog();
  const people: Person[] = [];
  for (let n = 0; n < plan.users; n++) people.push(stack.use(await startPerson(bed, log)));
  const known = await beginAll(people);
  const rounds = planStrikes(plan);
  const begun = performance.now();
  const ends = await goThrough(bed, { ...plan, rounds, people, known, log });
  const seconds = (performance.now() - begun) / 1_000;

  const rested = await restOfSeries(bed, restMs);
  const seen = await observeSeries(bed, people, known);
  const violations = checkSeries(known, seen);
  const completions = known.flatMap((series) => series.completions);
  const acknowledged = completions.filter(({ answers }) => answers.length > 0);
  expect.soft(violations).toEqual([]);
  expect.soft(acknowledged).toHaveLength(plan.completions);
  expect.soft(people.flatMap(({ doubled }) => [...doubled])).toEqual([]);
  expect.soft(log.unfair({ gatewayDied: false }).filter((outcome) => outcome !== crowded)).toEqual([]);
  expect.soft(rested).toBe(true);
  expect.soft(await complaints(bed)).toEqual([]);
  return {
    completions: acknowledged.length,
    next: seen.rows.length - known.length,
    strikes: tallyOf(rounds),
    calls: log.calls.length,
    failures: log.failures(),
    waited: spreadOf(waitsOf(completions)),
    recovery: spreadOf(ends.map((end) => recoveryFrom(end, completions))),
    seconds,
    found: countByKind(violations),
    seed: plan.seed,
  };
}

/** What the doctor says of the series, and of events that nobody could take. */
async function complaints(bed: Bed): Promise<string[]> {
  await using system = await reach(bed.folder);
  const found = await examine(system, () => undefined, [seriesCheck, parked, deadLetters]);
  return found.filter(({ level }) => level !== "ok").map(({ check, what }) => `${check}: ${what}`);
}

function tallyOf(rounds: readonly Round[]): Map<string, number> {
  const kinds = Map.groupBy(rounds.flat(), ({ kind }) => kind);
  return new Map([...kinds].map(([kind, all]) => [kind, all.length]));
}
