import { describe, expect, it } from "vitest";
import { checkSeries } from "./checker.ts";
import type { KnownSeries } from "./known.ts";
import type { OccurrenceEvent, OccurrenceRow, SeriesObservation, ShownOccurrence } from "./observation.ts";

const [seriesId, userId] = ["series", "user"];
const tzid = "America/New_York";
const walls = ["2099-03-07T02:30:00", "2099-03-08T02:30:00", "2099-03-09T02:30:00"];
/** At the second one the clock leaves 02:30 out. */
const instants = ["2099-03-07T07:30:00Z", "2099-03-08T07:30:00Z", "2099-03-09T06:30:00Z"];

function knownSeries(): KnownSeries {
  const completeTime = new Date("2026-11-21T12:00:00Z");
  const completion = (n: number) => ({
    taskId: `task-${n}`,
    requestId: `request-${n}`,
    answers: [{ userSeq: BigInt(n), completeTime }],
  });
  const habit = { rrule: "FREQ=DAILY", tzid, first: walls[0] ?? "", anchor: "schedule" } as const;
  return { id: seriesId, userId, habit, firstTaskId: "task-0", completions: [completion(0), completion(1)] };
}

/** What a sound system holds of it, of which a test changes something. */
function sound() {
  const rows = walls.map((recurrenceId, n): OccurrenceRow => {
    const place = { recurrenceId, ordinal: n + 1, number: n + 1, follows: walls[n - 1] ?? null };
    return {
      taskId: `task-${n}`,
      userId,
      seriesId,
      ...place,
      status: n < 2 ? "completed" : "open",
      deleted: false,
    };
  });
  const shown = instants.map((time, n): ShownOccurrence => {
    return { taskId: `task-${n}`, seriesId, userId, due: `${Date.parse(time) / 1_000} ${tzid}` };
  });
  const event = (type: OccurrenceEvent["type"], n: number): OccurrenceEvent => {
    return { eventId: `${type}-${n}`, type, userId, seriesId, recurrenceId: walls[n] ?? "" };
  };
  const events = [event("completed", 0), event("created", 1), event("completed", 1), event("created", 2)];
  const series = [{ id: seriesId, active: true, recurrenceId: walls[2] ?? "" }];
  return { known: knownSeries(), rows, shown, events, series };
}

type World = ReturnType<typeof sound>;

function foundIn({ known, ...seen }: World): string[] {
  const kinds = checkSeries([known], seen satisfies SeriesObservation).map(({ kind }) => kind);
  return [...new Set(kinds)].sort();
}

/** A world in which one thing is as it must not be. */
function broken(change: (world: World) => void): string[] {
  const world = sound();
  change(world);
  return foundIn(world);
}

function put<T>(all: T[], n: number, change: Partial<T>): void {
  const before = all[n];
  if (before === undefined) throw new Error(`there is no ${n}`);
  all[n] = { ...before, ...change };
}

describe("the checker of series", () => {
  it("finds nothing in a sound system, also if events were sent again", () => {
    expect(broken(({ events }) => events.push(...events))).toEqual([]);
  });

  it("allows a completion that nobody knows of to have happened or not", () => {
    const unknown = { taskId: "task-2", requestId: "request-2", answers: [] };
    expect(broken(({ known }) => known.completions.push(unknown))).toEqual([]);
  });

  it("finds a next occurrence that was never made", () => {
    expect(broken(({ rows }) => rows.pop())).toContain("missing");
  });

  it("finds an acknowledged completion that is gone", () => {
    expect(broken(({ rows }) => put(rows, 0, { status: "open" }))).toContain("missing");
  });

  it("finds an occurrence that was made twice", () => {
    const third = { taskId: "task-3", ordinal: 4, number: 4 };
    expect(broken(({ rows }) => rows.push({ ...rows[2], ...third } as OccurrenceRow))).toContain("twice");
  });

  it("finds one more occurrence than completions", () => {
    const more = {
      taskId: "task-3",
      recurrenceId: "2099-03-10T02:30:00",
      follows: walls[2],
      ordinal: 4,
      number: 4,
    };
    const found = broken(({ rows, shown }) => {
      put(rows, 2, { status: "completed" });
      rows.push({ ...rows[2], ...more, status: "open" } as OccurrenceRow);
      shown.push({ ...shown[2], taskId: "task-3" } as ShownOccurrence);
    });
    expect(found).toContain("twice");
  });

  it("finds a completion that took effect twice", () => {
    const again = { userSeq: 7n, completeTime: new Date() };
    expect(broken(({ known }) => known.completions[0]?.answers.push(again))).toEqual(["twice"]);
  });

  it("finds an occurrence that is due an hour off, or at another time than its rule has it", () => {
    const hourLate = `${Date.parse("2099-03-08T08:30:00Z") / 1_000} ${tzid}`;
    expect(broken(({ shown }) => put(shown, 1, { due: hourLate }))).toEqual(["wrong time"]);
    const jumped = broken(({ rows, events, series }) => {
      put(rows, 2, { recurrenceId: "2099-03-10T02:30:00" });
      put(events, 3, { recurrenceId: "2099-03-10T02:30:00" });
      put(series, 0, { recurrenceId: "2099-03-10T02:30:00" });
    });
    expect(jumped).toEqual(["wrong time"]);
  });

  it("finds a chain that is broken, and a series that stands elsewhere", () => {
    expect(broken(({ rows }) => put(rows, 2, { follows: walls[0] ?? "" }))).toEqual(["out of order"]);
    expect(broken(({ rows }) => put(rows, 2, { ordinal: 4 }))).toEqual(["out of order"]);
    expect(broken(({ series }) => put(series, 0, { recurrenceId: walls[1] ?? "" }))).toEqual([
      "out of order",
    ]);
    expect(broken(({ series }) => put(series, 0, { active: false }))).toEqual(["out of order"]);
  });

  it("finds a series without an open task, and one with two", () => {
    expect(broken(({ rows }) => put(rows, 2, { deleted: true }))).toContain("missing");
    expect(broken(({ rows }) => put(rows, 1, { status: "open" }))).toContain("twice");
  });

  it("finds events that are missing, and different ones of the same thing", () => {
    expect(broken(({ events }) => events.pop())).toEqual(["missing"]);
    const other = (world: World) =>
      world.events.push({ ...world.events[1], eventId: "other" } as OccurrenceEvent);
    expect(broken(other)).toEqual(["twice"]);
  });

  it("finds what somebody else was shown, and what nobody made", () => {
    expect(broken(({ shown }) => put(shown, 1, { userId: "other" }))).toEqual(["foreign"]);
    expect(broken(({ rows }) => rows.push({ ...rows[0], seriesId: "another" } as OccurrenceRow))).toEqual([
      "foreign",
    ]);
  });
});
