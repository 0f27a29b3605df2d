import { examine } from "@todo/local/doctor/examine";
import { reach } from "@todo/local/doctor/reach";
import { check } from "../faults/checker.ts";
import { comeToRest, observe } from "../faults/observe.ts";
import { checkSeries } from "../faults/series/checker.ts";
import { observeSeries, restOfSeries } from "../faults/series/observe.ts";
import { eventually } from "../system/eventually.ts";
import { signInAgain, type User } from "../system/user.ts";
import type { SoakBed } from "./bed.ts";
import type { Load } from "./load.ts";
import type { TopicTail } from "./topic-tail.ts";

/** What a load left behind, compared with what its callers were told. */
export interface Proof {
  readonly counts: { readonly writes: number; readonly completions: number; readonly violations: number };
  /** In words. */
  readonly violations: readonly string[];
  /** What the doctor says that is not well. */
  readonly complaints: readonly string[];
}

const restMs = 120_000;

/** @param topics where all that was ever on a topic is found, if it holds only the newest */
export async function prove(bed: SoakBed, load: Load, topics?: TopicTail): Promise<Proof> {
  const rested = (await restOfSeries(bed, restMs)) && (await comeToRest(bed, restMs));
  const { history, people, series } = load;
  // The tokens of the earlier shifts are over.
  const users: User[] = [];
  for (const user of load.users)
    users.push(await eventually("a sign-in", () => signInAgain(bed.gatewayUrl, user)));
  const unanswered = history.writes.filter(({ answers }) => answers.length === 0);
  const violations = [
    ...(rested ? [] : ["it did not come to rest"]),
    ...unanswered.map(({ requestId }) => `write ${requestId} was never acknowledged`),
    ...check(history, await observe(bed, users, topics?.of("task.events"))).map(
      ({ kind, what }) => `${kind}: ${what}`,
    ),
    ...checkSeries(series, await observeSeries(bed, people, series, topics?.of("task.recurring"))).map(
      ({ kind, what }) => `${kind}: ${what}`,
    ),
  ];
  const completions = series.flatMap((one) => one.completions.filter(({ answers }) => answers.length > 0));
  const writes = history.writes.length - unanswered.length;
  return {
    counts: { writes, completions: completions.length, violations: violations.length },
    violations,
    complaints: await complaintsOf(bed),
  };
}

async function complaintsOf(bed: SoakBed): Promise<string[]> {
  await using system = await reach(bed.folder);
  const found = await examine(system, () => undefined);
  return found.filter(({ level }) => level === "fault").map(({ check: name, what }) => `${name}: ${what}`);
}
