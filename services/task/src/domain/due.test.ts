import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Due, dueAt, dueViolations, placeOf } from "./due.ts";

const fields = (due: Due) => dueViolations(due).map(({ field }) => field);

describe("a due date", () => {
  it.each(["2026-02-28", "2028-02-29", "0001-01-01", "9999-12-31"])("may be the day %s", (date) => {
    expect(dueViolations({ kind: "all_day", date })).toEqual([]);
  });

  it.each(["2026-02-29", "2026-02-30", "2026-04-31", "2100-02-29", "0000-01-01"])(
    "cannot be %s, which is not in the calendar",
    (date) => {
      expect(fields({ kind: "all_day", date })).toEqual(["due.all_day"]);
      expect(fields({ kind: "floating", time: `${date}T10:00:00` })).toEqual(["due.floating"]);
    },
  );

  it.each(["Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+3"])(
    "knows the zone %s",
    (tzid) => {
      expect(dueViolations({ kind: "zoned", time: new Date(), tzid })).toEqual([]);
    },
  );

  it.each(["Europe/Atlantis", "+01", "-0500", "Berlin", "/", "..", "CEST/x"])(
    "refuses %s as a zone",
    (tzid) => {
      expect(fields({ kind: "zoned", time: new Date(), tzid })).toEqual(["due.zoned.tzid"]);
    },
  );

  it("names everything that is wrong at once", () => {
    expect(fields({ kind: "zoned", time: new Date(Number.NaN), tzid: "Nowhere" })).toEqual([
      "due.zoned.time",
      "due.zoned.tzid",
    ]);
  });

  it("compares by its place on the UTC clock, whatever its kind", () => {
    const midnight = "2026-03-01T00:00:00.000Z";
    expect(placeOf({ kind: "all_day", date: "2026-03-01" }).toISOString()).toBe(midnight);
    expect(placeOf({ kind: "floating", time: "2026-03-01T00:00:00" }).toISOString()).toBe(midnight);
    const time = new Date(midnight);
    expect(placeOf({ kind: "zoned", time, tzid: "Europe/Berlin" }).toISOString()).toBe(midnight);
  });

  it("comes back as it was from its kind, its place and its zone", () => {
    const second = fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }).map((s) => new Date(s * 1_000));
    const due = fc.oneof(
      second.map((time): Due => ({ kind: "all_day", date: time.toISOString().slice(0, 10) })),
      second.map((time): Due => ({ kind: "floating", time: time.toISOString().slice(0, 19) })),
      second.map((time): Due => ({ kind: "zoned", time, tzid: "Europe/Berlin" })),
    );
    fc.assert(
      fc.property(due, (one) => {
        expect(dueViolations(one)).toEqual([]);
        expect(dueAt(one.kind, placeOf(one), one.kind === "zoned" ? one.tzid : null)).toEqual(one);
      }),
    );
  });
});
