import { expect, it } from "vitest";
import { expectedPlaces } from "./expected.ts";
import { habits } from "./habits.ts";

const instant = (text: string) => Date.parse(text) / 1_000;

it("by schedule the occurrences are those of the rule, through a change of clocks", () => {
  const habit = { tzid: "Europe/Berlin", first: "2099-02-27T17:00:00", anchor: "schedule" } as const;
  const done = [new Date("2026-11-21T12:00:00Z"), new Date("2030-01-01T00:00:00Z")];
  expect(expectedPlaces({ ...habit, rrule: "FREQ=MONTHLY;BYDAY=-1FR" }, done)).toEqual([
    { recurrenceId: "2099-02-27T17:00:00", instant: instant("2099-02-27T16:00:00Z") },
    { recurrenceId: "2099-03-27T17:00:00", instant: instant("2099-03-27T16:00:00Z") },
    { recurrenceId: "2099-04-24T17:00:00", instant: instant("2099-04-24T15:00:00Z") },
  ]);
});

it("by completion each is the first behind the day on which the one before it was done, counted from that", () => {
  const habit = { tzid: "Europe/Berlin", first: "2026-11-22T09:00:00", anchor: "completion" } as const;
  // The second one is done after midnight in Berlin, though not yet in Greenwich.
  const done = [new Date("2026-11-21T12:00:00Z"), new Date("2026-11-21T23:30:00Z")];
  const places = expectedPlaces({ ...habit, rrule: "FREQ=DAILY;INTERVAL=3" }, done);
  expect(places.map(({ recurrenceId }) => recurrenceId)).toEqual([
    "2026-11-22T09:00:00",
    "2026-11-24T09:00:00",
    "2026-11-25T09:00:00",
  ]);
});

it.each(habits)("$rrule in $tzid begins at a time that its rule names", (habit) => {
  const [first] = expectedPlaces({ ...habit, anchor: "schedule" }, []);
  expect(first?.recurrenceId).toBe(habit.first);
});
