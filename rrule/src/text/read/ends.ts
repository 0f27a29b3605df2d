import { dayOf, modulo, monthLength, weekdayOf } from "../../calendar/civil.ts";
import { formatDay } from "../../calendar/wall.ts";
import type { Groups, Read, Today } from "../clause.ts";
import type { Lexicon } from "../lexicon.ts";
import { refuse } from "../refusal.ts";
import { clockTime } from "./times.ts";

/** `until 31 December`, `until December 31, 2026 12:00:00 UTC` */
export function readUntil(lexicon: Lexicon): Read {
  return (groups, draft, today) => {
    if (draft.until !== undefined) return false;
    if (draft.count !== undefined) refuse("it ends by a number of times or by a date, and not by both");
    const day = dayIn(groups, { lexicon, today });
    if (day === undefined) return refuse("there is no such day");
    draft.until = `${formatDay(day).replaceAll("-", "")}${timeIn(groups)}`;
    return true;
  };
}

/** `starting Monday`, `from 2 January` */
export function readStart(lexicon: Lexicon): Read {
  return (groups, draft, today) => {
    if (draft.start !== undefined) return false;
    const day = dayIn(groups, { lexicon, today });
    if (day === undefined) return refuse("there is no such day");
    draft.start = formatDay(day);
    return true;
  };
}

/** `for 10 times`. Without a word for it, "every day, 3 times" may also be three times each day. */
export function readCount(lexicon: Lexicon): Read {
  return ({ count = "", total }, draft) => {
    if (draft.count !== undefined) return false;
    if (draft.until !== undefined) refuse("it ends by a number of times or by a date, and not by both");
    draft.count = lexicon.number(count);
    if (total === undefined) draft.confidence *= draft.frequency === undefined ? 0.9 : 0.6;
    return draft.count !== undefined;
  };
}

/** The number of a day that was said as a date, a weekday or in words. A weekday is the next one after today. */
function dayIn(
  { iso, dayA, monthA, yearA, dayB, monthB, yearB, dayC, monthC, yearC, weekday, ahead }: Groups,
  { lexicon, today }: { lexicon: Lexicon; today: Today },
): number | undefined {
  const now = dayOf(today.year, today.month, today.day);
  if (ahead !== undefined) return now + (lexicon.daysAhead(ahead) ?? Number.NaN);
  if (weekday !== undefined) return now + 1 + modulo((lexicon.weekday(weekday) ?? 0) - weekdayOf(now + 1), 7);
  if (iso !== undefined) {
    const [year = 0, month = 0, day = 0] = iso.split("-").map(Number);
    return dateIn({ year, month, day }, today);
  }
  const name = monthA ?? monthB;
  const year = yearA ?? yearB ?? yearC;
  return dateIn(
    {
      year: year === undefined ? undefined : Number(year),
      month: name === undefined ? Number(monthC) : lexicon.month(name),
      day: ordinalOrNumber(dayA ?? dayB ?? dayC ?? "", lexicon),
    },
    today,
  );
}

function ordinalOrNumber(word: string, lexicon: Lexicon): number {
  return lexicon.ordinal(word) ?? lexicon.number(word) ?? 0;
}

/** Without a year the next such day is meant, today included: a 29 February may be years away. */
function dateIn(
  { year, month, day }: { year: number | undefined; month: number | undefined; day: number },
  today: Today,
): number | undefined {
  if (month === undefined || month < 1 || month > 12 || day < 1) return undefined;
  const passed = month < today.month || (month === today.month && day < today.day);
  const first = year ?? today.year + (passed ? 1 : 0);
  const last = year ?? first + 8;
  for (let of = first; of <= last; of += 1) {
    if (of >= 1900 && of <= 9998 && day <= monthLength(of, month)) return dayOf(of, month, day);
  }
  return undefined;
}

function timeIn({ hour, minute, second = "0", half, utc }: Groups): string {
  if (hour === undefined) return "";
  const time = clockTime(Number(hour), Number(minute ?? 0), half);
  if (time === undefined || Number(second) > 59) return refuse("there is no such time of the day");
  const digits = [time.hour, time.minute, Number(second)].map((value) => String(value).padStart(2, "0"));
  return `T${digits.join("")}${utc === undefined ? "" : "Z"}`;
}
