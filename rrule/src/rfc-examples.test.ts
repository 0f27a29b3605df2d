import { expect, it } from "vitest";
import { formatDay } from "./calendar/wall.ts";
import { openSeries } from "./open.ts";
import { firstOf } from "./testing/first-of.ts";

/** A start, a rule, and the days that RFC 5545 (3.8.5.3) or RFC 7529 give for it, all at 9:00 in New York. */
type Example = [start: string, rule: string, days: string];

const weekdays = "MO,TU,WE,TH,FR";
const examples: Example[] = [
  ["1997-09-02", "FREQ=DAILY;COUNT=10", "1997: 9/2-11"],
  ["1997-09-02", "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997: 9/2,12,22 10/2,12"],
  ["1997-09-02", "FREQ=WEEKLY;COUNT=10", "1997: 9/2,9,16,23,30 10/7,14,21,28 11/4"],
  ["1997-09-02", "FREQ=WEEKLY;INTERVAL=2;WKST=SU", "1997: 9/2,16,30 10/14,28 11/11"],
  ["1997-09-02", "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "1997: 9/2,4,9,11,16,18,23,25,30 10/2"],
  [
    "1997-09-01",
    "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
    "1997: 9/1,3,5,15,17,19,29 10/1,3,13,15,17,27,29,31 11/10,12,14,24,26,28 12/8,10,12,22",
  ],
  ["1997-09-02", "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "1997: 9/2,4,16,18,30 10/2,14,16"],
  ["1997-09-05", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "1997: 9/5 10/3 11/7 12/5 1998: 1/2 2/6 3/6 4/3 5/1 6/5"],
  [
    "1997-09-07",
    "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
    "1997: 9/7,28 11/2,30 1998: 1/4,25 3/1,29 5/3,31",
  ],
  ["1997-09-22", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997: 9/22 10/20 11/17 12/22 1998: 1/19 2/16"],
  ["1997-09-28", "FREQ=MONTHLY;BYMONTHDAY=-3", "1997: 9/28 10/29 11/28 12/29 1998: 1/29 2/26"],
  [
    "1997-09-02",
    "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
    "1997: 9/2,15 10/2,15 11/2,15 12/2,15 1998: 1/2,15",
  ],
  [
    "1997-09-30",
    "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
    "1997: 9/30 10/1,31 11/1,30 12/1,31 1998: 1/1,31 2/1",
  ],
  [
    "1997-09-10",
    "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
    "1997: 9/10-15 1999: 3/10-13",
  ],
  [
    "1997-09-02",
    "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
    "1997: 9/2,9,16,23,30 11/4,11,18,25 1998: 1/6,13,20,27 3/3",
  ],
  ["1997-06-10", "FREQ=YEARLY;COUNT=4;BYMONTH=6,7", "1997: 6/10 7/10 1998: 6/10 7/10"],
  [
    "1997-03-10",
    "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
    "1997: 3/10 1999: 1/10 2/10 3/10 2001: 1/10 2/10 3/10 2003: 1/10 2/10 3/10",
  ],
  [
    "1997-01-01",
    "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
    "1997: 1/1 4/10 7/19 2000: 1/1 4/9 7/18 2003: 1/1 4/10 7/19 2006: 1/1",
  ],
  ["1997-05-19", "FREQ=YEARLY;BYDAY=20MO", "1997: 5/19 1998: 5/18 1999: 5/17"],
  ["1997-05-12", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997: 5/12 1998: 5/11 1999: 5/17"],
  ["1997-03-13", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997: 3/13,20,27 1998: 3/5,12,19,26 1999: 3/4,11,18,25"],
  ["1997-09-02", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1998: 2/13 3/13 11/13 1999: 8/13 2000: 10/13"],
  [
    "1997-09-13",
    "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
    "1997: 9/13 10/11 11/8 12/13 1998: 1/10 2/7 3/7 4/11 5/9 6/13",
  ],
  [
    "1996-11-05",
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
    "1996: 11/5 2000: 11/7 2004: 11/2",
  ],
  ["1997-09-04", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997: 9/4 10/7 11/6"],
  [
    "1997-09-29",
    `FREQ=MONTHLY;BYDAY=${weekdays};BYSETPOS=-2`,
    "1997: 9/29 10/30 11/27 12/30 1998: 1/29 2/26 3/30",
  ],
  ["1997-08-05", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997: 8/5,10,19,24"],
  ["1997-08-05", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997: 8/5,17,19,31"],
  ["2007-01-15", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007: 1/15,30 2/15 3/15,30"],
  ["2014-01-31", "RSCALE=GREGORIAN;FREQ=MONTHLY;COUNT=4", "2014: 1/31 3/31 5/31 7/31"],
  ["2014-01-31", "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=4", "2014: 1/31 2/28 3/31 4/30"],
  ["2014-01-31", "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD;COUNT=4", "2014: 1/31 3/1,31 5/1"],
];

it.each(examples)("from %s, %s falls on %s, as the RFC says [R016]", (start, rrule, written) => {
  const wanted = daysOf(written);
  const series = openSeries({ rrule, dtstart: `${start}T09:00:00`, tzid: "America/New_York" });
  const more = series.rule.count === undefined && series.rule.until === undefined ? 0 : 1;
  const found = firstOf(wanted.length + more, series.occurrences());
  expect(found.map(({ instant }) => formatDay(Math.floor(series.zone.wallOf(instant) / 86_400)))).toEqual(
    wanted,
  );
});

it("every day of January for three years is the same by days and by years", () => {
  const ends = "UNTIL=20000131T140000Z;BYMONTH=1";
  const [byYears, byDays] = [`FREQ=YEARLY;${ends};BYDAY=SU,SA,${weekdays}`, `FREQ=DAILY;${ends}`].map(
    (rrule) => [
      ...openSeries({ rrule, dtstart: "1998-01-01T09:00:00", tzid: "America/New_York" }).occurrences(),
    ],
  );
  expect(byYears).toHaveLength(93);
  expect(byDays).toEqual(byYears);
});

/** `1997: 9/2-4,7 10/1` as days such as `1997-09-02`. */
function daysOf(written: string): string[] {
  let year = "";
  return written.split(" ").flatMap((word) => {
    if (word.endsWith(":")) year = word.slice(0, -1);
    const [month, list = ""] = word.split("/");
    if (month === undefined || list === "") return [];
    return list.split(",").flatMap((item) => {
      const [from = 0, to = from] = item.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => {
        return [year, month.padStart(2, "0"), String(from + index).padStart(2, "0")].join("-");
      });
    });
  });
}
