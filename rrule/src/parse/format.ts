import { formatWall } from "../calendar/wall.ts";
import { type ByDay, type Rule, type Until, weekdayNames } from "../rule.ts";

/** The rule in its normal form: parts in a fixed order, lists sorted, defaults left out. */
export function formatRule(rule: Rule): string {
  const parts = [
    rule.skip === "OMIT" ? "" : "RSCALE=GREGORIAN",
    `FREQ=${rule.frequency}`,
    rule.interval === 1 ? "" : `INTERVAL=${rule.interval}`,
    list("BYMONTH", rule.byMonth),
    list("BYWEEKNO", rule.byWeekNo),
    list("BYYEARDAY", rule.byYearDay),
    list("BYMONTHDAY", rule.byMonthDay),
    list("BYDAY", [...rule.byDay].sort(byOrdinal).map(day)),
    list("BYHOUR", rule.byHour),
    list("BYMINUTE", rule.byMinute),
    list("BYSECOND", rule.bySecond),
    list("BYSETPOS", rule.bySetPos),
    rule.weekStart === 0 ? "" : `WKST=${weekdayNames[rule.weekStart]}`,
    rule.count === undefined ? "" : `COUNT=${rule.count}`,
    rule.until === undefined ? "" : `UNTIL=${end(rule.until)}`,
    rule.skip === "OMIT" ? "" : `SKIP=${rule.skip}`,
  ];
  return parts.filter((part) => part !== "").join(";");
}

function list(name: string, values: readonly (number | string)[]): string {
  return values.length === 0 ? "" : `${name}=${values.join(",")}`;
}

function byOrdinal(a: ByDay, b: ByDay): number {
  return a.ordinal - b.ordinal || a.weekday - b.weekday;
}

function day({ weekday, ordinal }: ByDay): string {
  return `${ordinal === 0 ? "" : ordinal}${weekdayNames[weekday]}`;
}

function end({ kind, seconds }: Until): string {
  const compact = formatWall(seconds).replaceAll(/[-:]/g, "");
  if (kind === "day") return compact.slice(0, 8);
  return kind === "instant" ? `${compact}Z` : compact;
}
