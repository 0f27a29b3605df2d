import { formatWall, parseWall } from "@todo/rrule/calendar/wall";
import type { OpenSeries } from "@todo/rrule/open";
import { openSeries } from "@todo/rrule/open";
import { type Draw, drawOf } from "@todo/rrule/testing/draw";
import { drawAnyRule } from "@todo/rrule/testing/random-rule";
import { expect, it } from "vitest";
import { type Advance, advance } from "./advance.ts";
import type { Done, SeriesPlan } from "./plan.ts";
import { planOf } from "./testing/plans.ts";

const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"];
const daySeconds = 86_400;

/** A series of any rule, and the times it has, the first of which was made. */
function drawn(draw: Draw): { plan: SeriesPlan; series: OpenSeries } | undefined {
  const rule = drawAnyRule(draw);
  const tzid = draw.one(zones);
  try {
    const series = openSeries({ ...rule, tzid });
    const first = series.occurrences().next().value;
    if (first === undefined) return undefined;
    const missed = draw.one(["one", "all", "none"] as const);
    const anchor = draw.one(["schedule", "completion"] as const);
    const recurrenceId = formatWall(first.wall);
    // A series of days whose rule names times is one from before these became times.
    const allDay = draw.chance(0.2) && !/BY(HOUR|MINUTE|SECOND)/.test(rule.rrule);
    return { plan: planOf({ ...rule, tzid, missed, anchor, recurrenceId, allDay }), series };
  } catch {
    // A rule that never fires is no rule of a series.
    return undefined;
  }
}

function dueOf({ tzid, recurrenceId }: SeriesPlan): number {
  const { zone } = openSeries({ rrule: "FREQ=DAILY", dtstart: recurrenceId, tzid });
  return zone.instantOf(parseWall(recurrenceId) ?? 0).instant;
}

/** Done early, at its time, or late, and seen at once or after a downtime. */
function drawEnd(draw: Draw, due: number): { done: Done; now: Date } {
  const at =
    due + draw.one([0, draw.number(-20, 40), draw.number(-400, 2_000)]) * daySeconds + draw.number(0, 9);
  const seen = at + draw.one([0, 0, draw.number(0, 60)]) * daySeconds;
  const how = draw.one(["completed", "completed", "skipped"] as const);
  return { done: { how, time: new Date(at * 1_000) }, now: new Date(seen * 1_000) };
}

function withNext(plan: SeriesPlan, found: Advance): SeriesPlan | undefined {
  if (found.kind !== "next") return undefined;
  return { ...plan, recurrenceId: found.next.recurrenceId, number: found.next.number };
}

it("a series goes on and on, behind what it counts from, never beyond its COUNT [R019] [R022]", () => {
  const draw = drawOf(11);
  let steps = 0;
  for (let index = 0; index < 1_500; index += 1) {
    const found = drawn(draw);
    const count = found?.series.rule.count ?? Number.POSITIVE_INFINITY;
    let plan = found?.plan;
    for (let step = 0; plan !== undefined && step < 8; step += 1) {
      const due = dueOf(plan);
      const { done, now } = drawEnd(draw, due);
      const next = advance(plan, done, now);
      expect(advance(plan, done, now)).toEqual(next);
      if (next.kind === "next") {
        const anew = plan.anchor === "completion" && done.how === "completed";
        expect(next.next.instant).toBeGreaterThan(anew ? done.time.getTime() / 1_000 : due);
        expect(next.next.number).toBeGreaterThan(plan.number + next.skippedCount);
        expect(next.next.number).toBeLessThanOrEqual(count);
        if (next.next.following !== undefined) expect(next.next.following).toBeGreaterThan(next.next.instant);
        steps += 1;
      }
      plan = withNext(plan, next);
    }
  }
  expect(steps).toBeGreaterThan(4_000);
}, 60_000);

it("a series on schedule makes, counts or leaves out each time of its rule, whoever walks there", () => {
  const draw = drawOf(12);
  let compared = 0;
  for (let index = 0; index < 1_500; index += 1) {
    const found = drawn(draw);
    if (found === undefined) continue;
    const all = [...take(150, found.series.steps())].map((step, place) => ({ ...step, number: place + 1 }));
    let plan: SeriesPlan = { ...found.plan, anchor: "schedule" };
    for (let step = 0; step < 6; step += 1) {
      const at = all.find(({ wall }) => formatWall(wall) === plan.recurrenceId);
      const { done, now } = drawEnd(draw, dueOf(plan));
      const next = advance(plan, done, now);
      if (next.kind !== "next" || at === undefined) break;
      const made = all.find(({ wall }) => formatWall(wall) === next.next.recurrenceId);
      if (made === undefined) break;
      expect([next.next.instant, next.next.number]).toEqual([made.instant, made.number]);
      const between = all.slice(at.number, made.number - 1).filter(({ skipped }) => skipped === undefined);
      expect(between).toHaveLength(next.skippedCount);
      compared += 1;
      plan = { ...plan, recurrenceId: next.next.recurrenceId, number: next.next.number };
    }
  }
  expect(compared).toBeGreaterThan(1_500);
}, 60_000);

function* take<T>(most: number, from: Iterable<T>): Generator<T> {
  let left = most;
  for (const one of from) {
    if (left === 0) return;
    left -= 1;
    yield one;
  }
}
