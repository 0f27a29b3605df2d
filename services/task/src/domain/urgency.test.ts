import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Priority, type TaskContent } from "./content.ts";
import { Task } from "./task.ts";
import { urgencyOf } from "./urgency.ts";

const now = new Date("2026-06-15T12:00:00Z");
const dayMs = 24 * 60 * 60 * 1_000;

function make(content: Partial<TaskContent> & { dueInDays?: number; ageInDays?: number } = {}): Task {
  const { dueInDays, ageInDays = 0, ...rest } = content;
  const time = dueInDays === undefined ? undefined : new Date(now.getTime() + dueInDays * dayMs);
  const whole: TaskContent = {
    title: "x",
    description: "",
    priority: Priority.low,
    tags: [],
    due: time === undefined ? null : { kind: "zoned", time, tzid: "UTC" },
    subtaskOf: null,
    dependsOn: [],
    completeWithSubtasks: false,
    reminderMinutes: [],
    ...rest,
  };
  return Task.create(
    "019ca8d7-2d00-7b51-b7d2-91446462a21e",
    "user",
    whole,
    new Date(now.getTime() - ageInDays * dayMs),
  );
}

describe("the urgency of a task", () => {
  it("is the sum of what it says", () => {
    const task = make({ priority: Priority.veryImportant, dueInDays: -8, tags: ["Urgent"], ageInDays: 400 });
    expect(urgencyOf(task, { now, zone: "UTC" })).toEqual({
      score: 25_000,
      terms: [
        { name: "priority", points: 6_000, explanation: "the priority is very important" },
        { name: "due", points: 12_000, explanation: "it was due 8 days ago" },
        { name: "tag", points: 5_000, explanation: "it has the tag Urgent" },
        { name: "age", points: 2_000, explanation: "it was made 365 days ago" },
      ],
    });
  });

  it("leaves out what adds nothing", () => {
    expect(urgencyOf(make(), { now, zone: "UTC" })).toEqual({ score: 0, terms: [] });
  });

  it.each([
    [0.5, "it is due in less than a day"],
    [1.5, "it is due in 1 day"],
    [30, "it is due in 30 days"],
    [-1.5, "it was due 1 day ago"],
  ])("says when a task is due: in %s days", (dueInDays, explanation) => {
    expect(urgencyOf(make({ dueInDays }), { now, zone: "UTC" }).terms[0]).toMatchObject({
      name: "due",
      explanation,
    });
  });

  it.each([
    ["UTC", "2026-06-15T00:00:00Z", "2026-06-15", "it is due today"],
    ["UTC", "2026-06-15T23:59:59Z", "2026-06-15", "it is due today"],
    ["UTC", "2026-06-16T00:00:00Z", "2026-06-15", "it was due 1 day ago"],
    ["Pacific/Auckland", "2026-06-14T12:00:00Z", "2026-06-15", "it is due today"],
    ["Pacific/Auckland", "2026-06-15T11:59:59Z", "2026-06-15", "it is due today"],
    ["Pacific/Auckland", "2026-06-15T12:00:00Z", "2026-06-15", "it was due 1 day ago"],
    ["America/Los_Angeles", "2026-06-15T03:00:00Z", "2026-06-15", "it is due in 1 day"],
    ["America/Los_Angeles", "2026-06-16T06:59:59Z", "2026-06-15", "it is due today"],
    ["America/Los_Angeles", "2026-06-18T07:00:00Z", "2026-06-15", "it was due 3 days ago"],
    ["Asia/Kathmandu", "2026-06-15T18:15:00Z", "2026-06-15", "it was due 1 day ago"],
  ])("counts days by the user's: in %s at %s, due on %s", (zone, time, date, explanation) => {
    const task = make({ due: { kind: "all_day", date } });
    const [term] = urgencyOf(task, { now: new Date(time), zone }).terms;
    expect(term).toMatchObject({ name: "due", explanation });
  });

  it("takes a day for late when it is over, and a floating time when the user's clock shows it", () => {
    const pointsOf = (due: TaskContent["due"], time: string, zone: string) =>
      urgencyOf(make({ due }), { now: new Date(time), zone }).terms[0]?.points;
    const instant = (time: string) => ({ kind: "zoned", time: new Date(time), tzid: "UTC" }) as const;
    const at = "2026-06-15T09:00:00Z";
    expect(pointsOf({ kind: "all_day", date: "2026-06-15" }, at, "Europe/Berlin")).toBe(
      pointsOf(instant("2026-06-15T22:00:00Z"), at, "UTC"),
    );
    expect(pointsOf({ kind: "floating", time: "2026-06-15T12:00:00" }, at, "Pacific/Auckland")).toBe(
      pointsOf(instant("2026-06-15T00:00:00Z"), at, "UTC"),
    );
  });

  it("is less for what waits for another task", () => {
    const task = Object.assign(make({ priority: Priority.high }), { blocked: true });
    expect(urgencyOf(task, { now, zone: "UTC" })).toMatchObject({
      score: -1_000,
      terms: [
        { name: "priority" },
        { name: "blocked", points: -5_000, explanation: "it waits for another task" },
      ],
    });
  });

  it("is none for what is done or in the trash", () => {
    const [done, deleted] = [make({ tags: ["Urgent"] }), make({ tags: ["Urgent"] })];
    done.complete(undefined, now);
    deleted.delete(undefined, now);
    for (const task of [done, deleted])
      expect(urgencyOf(task, { now, zone: "UTC" })).toEqual({ score: 0, terms: [] });
  });

  it("never falls while a task comes closer to its due date and grows old", () => {
    const days = fc.double({ min: -400, max: 400, noNaN: true });
    fc.assert(
      fc.property(days, days, (one, other) => {
        const [later, sooner] = [Math.max(one, other), Math.min(one, other)];
        const scoreOf = (dueInDays: number) => urgencyOf(make({ dueInDays }), { now, zone: "UTC" }).score;
        expect(scoreOf(sooner)).toBeGreaterThanOrEqual(scoreOf(later));
      }),
    );
  });
});
