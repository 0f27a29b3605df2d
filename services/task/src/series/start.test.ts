import { create } from "@bufbuild/protobuf";
import { RecurrenceSchema } from "@todo/proto/todo/task/v1/series";
import { describe, expect, it } from "vitest";
import type { Due } from "#src/domain/due.ts";
import { ruleAsked, startOf } from "./start.ts";

const now = new Date("2026-03-01T10:00:00Z");
const times = [new Date("2026-03-02T08:00:00Z"), new Date("2026-03-09T08:00:00Z")];
const nine: Due = { kind: "zoned", time: new Date("2026-03-02T08:00:00Z"), tzid: "Europe/Berlin" };

function reckonedOf(due: Due | null, o: { dtstart?: string; tzid?: string; here?: string; there?: string }) {
  const { dtstart = "", tzid = "Europe/Berlin", here = "2026a", there = "2026a" } = o;
  const recurrence = create(RecurrenceSchema, { rrule: "FREQ=WEEKLY", dtstart, tzid });
  const known = { rrule: "FREQ=WEEKLY", times, tzdata: there };
  return startOf(known, {
    asked: ruleAsked(recurrence, { due, zone: "UTC", now }),
    recurrence,
    due,
    tzdata: here,
    behind: undefined,
  }).reckoned;
}

describe("the instants of the first occurrence of a rule", () => {
  it("are no better than the older time zones of the two services that computed them", () => {
    expect(reckonedOf(nine, { here: "2026a", there: "2025c" }).tzdata).toBe("2025c");
    expect(reckonedOf(nine, { here: "2025c", there: "2026a" }).tzdata).toBe("2025c");
    expect(reckonedOf(nine, { there: "" }).tzdata).toBe("");
  });

  it("are those of the rule if the task had no due date, or that of the rule", () => {
    expect(reckonedOf(null, {}).due).toBe("2026-03-02T08:00:00.000Z");
    expect(reckonedOf(nine, {}).due).toBe("2026-03-02T08:00:00.000Z");
  });

  it("are those of the user if the task is due at another time, in another zone, or on a day", () => {
    expect(reckonedOf(nine, { dtstart: "2026-03-02T10:00:00" }).due).toBeNull();
    expect(reckonedOf(nine, { tzid: "Europe/Vienna" }).due).toBeNull();
    expect(reckonedOf({ kind: "all_day", date: "2026-03-02" }, {}).due).toBeNull();
  });
});
