import library from "rrule";
import { expect, it } from "vitest";
import { RuleFault } from "./fault.ts";
import { openSeries } from "./open.ts";
import { drawOf } from "./testing/draw.ts";
import { firstOf } from "./testing/first-of.ts";
import { type DrawnRule, drawCoreRule } from "./testing/random-rule.ts";

const many = 10_000;
/** How far both look. The library looks for a first match without end, so that rules without one are left out. */
const years = 8;

it("10,000 rules of the core class have the same occurrences here and in the rrule library [R016] [R024]", () => {
  const draw = drawOf(20_261_121);
  let found = 0;
  for (let index = 0; index < many; index += 1) {
    const rule = drawCoreRule(draw);
    const own = ownFinds(rule);
    if (own === undefined) continue;
    expect(own, `${rule.dtstart} ${rule.rrule}`).toEqual(libraryFinds(rule));
    found += own.length;
  }
  expect(found).toBeGreaterThan(many * 5);
}, 120_000);

function ownFinds({ rrule, dtstart }: DrawnRule): number[] | undefined {
  try {
    const series = openSeries({ rrule, dtstart, tzid: "UTC" });
    const instants = firstOf(12, series.occurrences()).map(({ instant }) => instant * 1000);
    return instants.filter((instant) => instant < horizonOf(dtstart));
  } catch (error) {
    if (error instanceof RuleFault && error.kind === "never_occurs") return undefined;
    throw error;
  }
}

function libraryFinds({ rrule, dtstart }: DrawnRule): number[] {
  const horizon = horizonOf(dtstart);
  const { until, ...options } = library.RRule.parseString(rrule);
  const bound = new Date(Math.min(until?.getTime() ?? horizon, horizon));
  const rule = new library.RRule({ ...options, until: bound, dtstart: new Date(`${dtstart}Z`) });
  const found = rule.all((_, index) => index < 12).map((date) => date.getTime());
  return found.filter((instant) => instant < horizon).slice(0, 12);
}

function horizonOf(dtstart: string): number {
  return Date.parse(`${dtstart}Z`) + years * 366 * 86_400_000;
}
