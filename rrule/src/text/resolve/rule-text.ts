import { weekdayNames } from "../../rule.ts";
import { type Draft, workingDays } from "../draft.ts";
import { withDates } from "./dates.ts";
import { withoutExceptions } from "./exceptions.ts";
import { withFrequency } from "./frequency.ts";
import { checkRanges } from "./ranges.ts";
import { withTimes } from "./times.ts";
import { checkTogether } from "./together.ts";

/**
 * The rule of a draft, as it is written. What it took for granted stands in the draft afterwards, and how sure it is.
 *
 * @throws Refusal if it makes none, or if what was said does not go together.
 */
export function ruleTextOf(draft: Draft): string {
  withoutExceptions(draft);
  withFrequency(draft);
  withDates(draft);
  checkTogether(draft);
  withTimes(draft);
  checkRanges(draft);
  return written(draft);
}

function written(draft: Draft): string {
  const moved = draft.skip !== undefined;
  const days = [
    ...(draft.workdays.length > 0 ? workingDays : draft.days).map((weekday) => weekdayNames[weekday]),
    ...draft.nth.map(({ weekday, ordinal }) => `${ordinal}${weekdayNames[weekday]}`),
  ];
  return [
    moved ? "RSCALE=GREGORIAN" : "",
    `FREQ=${draft.frequency}`,
    draft.interval === undefined ? "" : `INTERVAL=${draft.interval}`,
    list("BYMONTH", draft.months),
    list("BYWEEKNO", draft.weeks),
    list("BYYEARDAY", draft.yearDays),
    list("BYMONTHDAY", draft.monthDays),
    list("BYDAY", days),
    list("BYHOUR", draft.hours),
    list("BYMINUTE", draft.minutes),
    list("BYSECOND", draft.seconds),
    list("BYSETPOS", draft.workdays.length > 0 ? draft.workdays : draft.positions),
    draft.weekStart === undefined ? "" : `WKST=${weekdayNames[draft.weekStart]}`,
    draft.count === undefined ? "" : `COUNT=${draft.count}`,
    draft.until === undefined ? "" : `UNTIL=${draft.until}`,
    moved ? `SKIP=${draft.skip}` : "",
  ]
    .filter((part) => part !== "")
    .join(";");
}

function list(name: string, values: readonly unknown[]): string {
  return values.length === 0 ? "" : `${name}=${[...new Set(values)].join(",")}`;
}
