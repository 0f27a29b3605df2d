import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { repository } from "@todo/local/repository";
import type { WrittenSeries } from "@todo/rrule/open";

/** A series and the instant that its next occurrence is looked for after. */
export interface Question {
  readonly series: WrittenSeries;
  readonly after: number;
}

/** Every test vector, asked in the middle of its occurrences. */
export async function vectorQuestions(): Promise<Question[]> {
  const text = await readFile(join(repository, "test/vectors/rrule.jsonl"), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const { rrule, dtstart, tzid, occurrences } = JSON.parse(line);
      const middle = occurrences[Math.floor(occurrences.length / 2)];
      return { series: { rrule, dtstart, tzid }, after: Date.parse(middle) / 1_000 };
    });
}

const kinds = [
  "FREQ=DAILY",
  "FREQ=WEEKLY;BYDAY=MO,WE,FR",
  "FREQ=MONTHLY;BYMONTHDAY=-1",
  "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
  "FREQ=YEARLY",
  "FREQ=DAILY;COUNT=10000",
  "FREQ=WEEKLY;BYDAY=MO,WE,FR;UNTIL=20991231T000000Z",
];

/** Rules of every kind in two zones, so many years after their start. */
export function agedQuestions(years: number): Question[] {
  const dtstart = "2015-01-31T09:00:00";
  const after = Date.UTC(2015 + years, 1, 14) / 1_000;
  return ["UTC", "Europe/Berlin"].flatMap((tzid) =>
    kinds.map((rrule) => ({ series: { rrule, dtstart, tzid }, after })),
  );
}

const numbers = (size: number) => [...Array(size).keys()].join();

/** Rules that never occur, or that ask for too much. */
export const hostileRules: readonly string[] = [
  "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
  "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
  "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
  "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
  "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30",
  "FREQ=DAILY;BYHOUR=9;BYSETPOS=2",
  "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
  "FREQ=HOURLY;INTERVAL=24;BYHOUR=10",
  "FREQ=SECONDLY;BYMONTH=12;BYMONTHDAY=31;BYHOUR=23;BYMINUTE=59;BYSECOND=59",
  "FREQ=DAILY;INTERVAL=-1",
  "FREQ=DAILY;BYMONTH=13",
  "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
  "FREQ=DAILY;INTERVAL=7;BYMONTHDAY=31;BYDAY=MO",
  "FREQ=DAILY;INTERVAL=4;BYMONTH=2,3;BYMONTHDAY=30;BYDAY=MO;UNTIL=20260201",
  "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
  "FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=2MO",
  "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2",
  `FREQ=DAILY;BYHOUR=${numbers(24)};BYMINUTE=${numbers(60)};BYSECOND=${numbers(60)}`,
];
