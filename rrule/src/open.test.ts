import { describe, expect, it } from "vitest";
import { formatInstant } from "./calendar/wall.ts";
import { type FaultKind, RuleFault } from "./fault.ts";
import { openSeries, type WrittenSeries } from "./open.ts";
import { firstOf } from "./testing/first-of.ts";

function first(count: number, series: Omit<WrittenSeries, "tzid"> & { tzid?: string }): string[] {
  const found = firstOf(count, openSeries({ tzid: "UTC", ...series }).occurrences());
  return found.map(({ instant }) => formatInstant(instant));
}

function faultOf(rrule: string, further: Partial<WrittenSeries> = {}): RuleFault {
  try {
    openSeries({ rrule, dtstart: "2026-01-01T09:00:00", tzid: "UTC", ...further });
  } catch (error) {
    if (error instanceof RuleFault) return error;
    throw error;
  }
  throw new Error(`${rrule} was taken`);
}

describe("a series", () => {
  it("leaves out excluded times, which COUNT counts all the same", () => {
    const series = { rrule: "FREQ=DAILY;COUNT=3", dtstart: "2026-03-28T09:00:00", tzid: "Europe/Berlin" };
    expect(first(9, { ...series, exdates: ["2026-03-29T07:00:00Z"] })).toEqual([
      "2026-03-28T08:00:00Z",
      "2026-03-30T07:00:00Z",
    ]);
    expect(first(9, { ...series, exdates: ["2026-03-28T09:00:00", "20260330T090000"] })).toEqual([
      "2026-03-29T07:00:00Z",
    ]);
  });

  it("takes in further times once, in order, also after the rule has ended", () => {
    const rdates = ["2026-01-05T08:00:00", "2026-01-02T09:00:00", "2026-01-01T12:00:00Z"];
    expect(first(9, { rrule: "FREQ=DAILY;COUNT=2", dtstart: "2026-01-01T09:00:00", rdates })).toEqual([
      "2026-01-01T09:00:00Z",
      "2026-01-01T12:00:00Z",
      "2026-01-02T09:00:00Z",
      "2026-01-05T08:00:00Z",
    ]);
  });

  it("leaves out a further time that is excluded", () => {
    const [rdates, exdates] = [["2026-01-05T08:00:00"], ["2026-01-05T08:00:00"]];
    const series = { rrule: "FREQ=DAILY;COUNT=1", dtstart: "2026-01-01T09:00:00", rdates, exdates };
    expect(first(9, series)).toEqual(["2026-01-01T09:00:00Z"]);
  });

  it.each([
    ["OMIT", ["2026-01-31", "2026-03-31", "2026-05-31"]],
    ["BACKWARD", ["2026-01-31", "2026-02-28", "2026-03-31"]],
    ["FORWARD", ["2026-01-31", "2026-03-01", "2026-03-31"]],
  ])("with SKIP=%s treats the 31st of a short month as RFC 7529 says", (skip, days) => {
    const series = { rrule: `FREQ=MONTHLY;SKIP=${skip}`, dtstart: "2026-01-31T09:00:00" };
    expect(first(3, series)).toEqual(days.map((day) => `${day}T09:00:00Z`));
  });

  it("gives a day that was moved onto another one once", () => {
    const series = { rrule: "FREQ=MONTHLY;BYMONTHDAY=1,30,31;SKIP=FORWARD", dtstart: "2026-02-01T09:00:00" };
    expect(first(4, series).map((instant) => instant.slice(0, 10))).toEqual([
      "2026-02-01",
      "2026-03-01",
      "2026-03-30",
      "2026-03-31",
    ]);
  });

  it("keeps leap day's birthday on the day that SKIP says", () => {
    const series = { rrule: "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD", dtstart: "2024-02-29T00:00:00" };
    expect(first(3, series).map((instant) => instant.slice(0, 10))).toEqual([
      "2024-02-29",
      "2025-03-01",
      "2026-03-01",
    ]);
  });

  it("takes a date in UNTIL as that whole day, and a time as the last one", () => {
    const dtstart = "2026-01-01T09:00:00";
    expect(first(9, { rrule: "FREQ=DAILY;UNTIL=20260102", dtstart })).toHaveLength(2);
    expect(first(9, { rrule: "FREQ=DAILY;UNTIL=20260103T090000", dtstart })).toHaveLength(3);
    expect(first(9, { rrule: "FREQ=DAILY;UNTIL=20260103T085959Z", dtstart })).toHaveLength(2);
  });

  it("counts as far as COUNT goes, however the rule is counted", () => {
    for (const rule of [
      "FREQ=DAILY",
      "FREQ=DAILY;BYDAY=MO,TU",
      "FREQ=WEEKLY;BYDAY=FR,SU",
      "FREQ=MONTHLY;BYDAY=-1FR",
    ]) {
      const series = { rrule: `${rule};COUNT=5000`, dtstart: "2026-01-01T09:00:00" };
      expect(first(10_000, series)).toHaveLength(5000);
      expect(first(10_000, series)).toEqual(first(5000, { ...series, rrule: rule }));
    }
  });
});

describe("the edges of time", () => {
  it.each([
    ["UTC", "9999-12-31T09:00:00Z"],
    ["Europe/Berlin", "9999-12-31T08:00:00Z"],
    ["America/New_York", "9999-12-31T14:00:00Z"],
    ["Pacific/Apia", "9999-12-30T20:00:00Z"],
  ])("are no trouble in %s", (tzid, last) => {
    const series = openSeries({ rrule: "FREQ=DAILY", dtstart: "9999-12-01T09:00:00", tzid });
    const all = [...series.occurrences()];
    expect(all).toHaveLength(31);
    expect(formatInstant(all.at(-1)?.instant ?? 0)).toBe(last);
    const [earliest, latest] = [-62_135_596_800, 253_402_300_799];
    expect([...series.occurrences(earliest)]).toEqual(all);
    expect([...series.occurrences(latest)]).toEqual([]);
  });

  it("end a series with the last second that a timestamp and a local time can tell", () => {
    const dtstart = "9999-12-31T20:00:00";
    expect(first(2, { rrule: "FREQ=DAILY", dtstart })).toEqual(["9999-12-31T20:00:00Z"]);
    const west = faultOf("FREQ=DAILY", { dtstart, tzid: "America/New_York" });
    expect([west.kind, west.message]).toEqual([
      "never_occurs",
      "the rule has no occurrence from its start to the end of the year 9999",
    ]);
    const until = { rrule: "FREQ=YEARLY;UNTIL=99991231T235959Z", dtstart: "9998-12-31T00:00:00" };
    expect(first(9, until)).toHaveLength(2);
    const late = { dtstart: "2026-01-01T00:00:00", rdates: ["9999-12-31T23:59:59Z"] };
    expect(faultOf("FREQ=DAILY", { ...late, tzid: "Pacific/Auckland" }).kind).toBe("local_time_invalid");
  });

  it("hold for a rule that is counted one by one", () => {
    const rrule = "FREQ=DAILY;BYDAY=MO;BYMONTH=2;COUNT=9";
    const all = first(20, { rrule, dtstart: "2026-01-01T09:00:00" });
    expect(all).toHaveLength(9);
    const series = openSeries({ rrule, dtstart: "2026-01-01T09:00:00", tzid: "UTC" });
    const after = Date.parse(all[6] ?? "") / 1000;
    expect([...series.occurrences(after)].map(({ instant }) => formatInstant(instant))).toEqual(all.slice(7));
  });
});

describe("a fault", () => {
  it.each<[string, FaultKind, string, string]>([
    ["FREQ=DAILY;BYMONTH=1,13", "value_invalid", "BYMONTH", "13"],
    ["FREQ=DAILY;BYHOUR=25", "value_invalid", "BYHOUR", "25"],
    ["FREQ=DAILY;BYMONTHDAY=32", "value_invalid", "BYMONTHDAY", "32"],
    ["FREQ=DAILY;BYDAY=MO,XX", "value_invalid", "BYDAY", "XX"],
    ["FREQ=DAILY;BYDAY=MO,MO", "value_invalid", "BYDAY", "MO"],
    ["FREQ=DAILY;INTERVAL=-1", "value_invalid", "INTERVAL", "-1"],
    ["FREQ=DAILY;INTERVAL=1001", "limit_exceeded", "INTERVAL", "1001"],
    ["FREQ=DAILY;COUNT=10001", "limit_exceeded", "COUNT", "10001"],
    ["FREQ=SECONDLY;INTERVAL=2;BYSECOND=1", "frequency_unsupported", "FREQ", "SECONDLY"],
    ["FREQ=FORTNIGHTLY", "value_invalid", "FREQ", "FORTNIGHTLY"],
    ["FREQ=DAILY;FREQ=DAILY", "part_repeated", "FREQ", "FREQ"],
    ["FREQ=DAILY;BYEASTER=1", "part_unknown", "BYEASTER", "BYEASTER"],
    ["FREQ=DAILY;COUNT=2;UNTIL=20270101", "parts_conflict", "UNTIL", "20270101"],
    ["FREQ=WEEKLY;BYMONTHDAY=1", "parts_conflict", "BYMONTHDAY", "1"],
    ["FREQ=MONTHLY;BYWEEKNO=1", "parts_conflict", "BYWEEKNO", "1"],
    ["FREQ=DAILY;BYDAY=1MO", "parts_conflict", "BYDAY", "1MO"],
    ["FREQ=DAILY;BYSETPOS=1", "parts_conflict", "BYSETPOS", "1"],
    ["FREQ=DAILY;UNTIL=2026-01-01", "value_invalid", "UNTIL", "2026-01-01"],
    ["FREQ=DAILY;UNTIL=20251231", "never_occurs", "UNTIL", "20251231"],
    ["FREQ=DAILY;WKST=XX", "value_invalid", "WKST", "XX"],
    ["FREQ=DAILY;RSCALE=HEBREW", "value_invalid", "RSCALE", "HEBREW"],
    ["FREQ=DAILY;BYHOUR", "malformed", "BYHOUR", "BYHOUR"],
  ])("of %s is %s, named with its part and its place [R016]", (rrule, kind, part, piece) => {
    const fault = faultOf(rrule);
    expect(fault.kind).toBe(kind);
    expect(fault.place.part).toBe(part);
    expect(rrule.slice(fault.place.start, fault.place.end)).toBe(piece);
  });

  it("names a rule without FREQ, an unknown zone and a day that is none", () => {
    expect(faultOf("INTERVAL=2").kind).toBe("part_missing");
    expect(faultOf("FREQ=DAILY", { tzid: "Europe/Atlantis" }).kind).toBe("zone_unknown");
    expect(faultOf("FREQ=DAILY", { tzid: "+02:00" }).kind).toBe("zone_unknown");
    expect(faultOf("FREQ=DAILY", { dtstart: "2026-02-29T09:00:00" }).kind).toBe("local_time_invalid");
    expect(faultOf("FREQ=DAILY", { exdates: ["tomorrow"] }).kind).toBe("local_time_invalid");
  });

  it.each([
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;BYHOUR=9;BYSETPOS=2",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
    "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
    "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
    "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
    "FREQ=YEARLY;BYYEARDAY=200;BYMONTH=2",
    "FREQ=DAILY;INTERVAL=4;BYMONTHDAY=29;BYMONTH=2;BYDAY=TU;BYHOUR=1;BYSETPOS=2",
  ])("is that %s never fires, proven by the calendar's 400 years", (rrule) => {
    expect(faultOf(rrule, { dtstart: "2026-01-01T09:00:00" }).kind).toBe("never_occurs");
  });

  it("is that a rule asks for too many times a day", () => {
    const all = (size: number) => [...Array(size).keys()].join();
    const fault = faultOf(`FREQ=DAILY;BYHOUR=${all(24)};BYMINUTE=${all(60)};BYSECOND=${all(60)}`);
    expect(fault.kind).toBe("limit_exceeded");
  });
});
