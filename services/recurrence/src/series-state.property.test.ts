import { type Draw, drawOf } from "@todo/rrule/testing/draw";
import { expect, it } from "vitest";
import type { Done } from "./plan.ts";
import { merge, type SeriesState, type Told } from "./series-state.ts";
import { completed, lastFriday, skipped } from "./testing/plans.ts";

/** What task could tell of one series: done, skipped, taken back, followed, changed. */
function history(draw: Draw): Told[] {
  const told: Told[] = [];
  const made = ["2026-01-01T09:00:00"];
  let done: Done | undefined;
  const tell = (about: boolean, rrule = lastFriday.rrule) => {
    const recurrenceId = made.at(-1) ?? "";
    const plan = { ...lastFriday, rrule, recurrenceId };
    const version = BigInt(told.length + 1);
    const series = { seriesId: "s", userId: "u", version, active: true, plan };
    told.push({ series, about: about ? { recurrenceId, done } : undefined });
  };
  tell(false);
  for (let step = draw.number(3, 14); step > 0; step -= 1) {
    const turn = draw.number(0, 4);
    if (turn === 0) tell(false, `FREQ=DAILY;INTERVAL=${draw.number(1, 9)}`);
    else if (done === undefined && turn === 1 && made.length > 1) {
      // The one before is taken back, and with it the next one.
      made.pop();
      tell(true);
    } else if (done === undefined) {
      done = draw.one([completed, skipped])(`2026-02-${10 + step}T10:00:00Z`);
      tell(true);
    } else {
      done = undefined;
      if (draw.chance(0.7)) made.push(`2026-01-${String(made.length + 1).padStart(2, "0")}T09:00:00`);
      tell(true);
    }
  }
  return told;
}

function shuffled<T>(draw: Draw, list: readonly T[]): T[] {
  const rest = [...list];
  return list.map(() => rest.splice(draw.number(0, rest.length - 1), 1)[0] as T);
}

const known = (events: readonly Told[]) =>
  events.reduce<SeriesState | undefined>((state, event) => merge(state, event), undefined);

it("what events tell of a series is the same in whatever order and however often they come [R064]", () => {
  const draw = drawOf(21);
  for (let index = 0; index < 3_000; index += 1) {
    const events = history(draw);
    const last = events.at(-1);
    const repeated = [...events, ...draw.some(events, 5)];
    const found = known(shuffled(draw, repeated));
    expect(found).toEqual(known(events));
    expect(found?.version).toBe(last?.series.version);
    if (last?.about !== undefined) expect(found?.fact?.done).toEqual(last.about.done);
  }
});

it("an event that tells nothing new leaves the very same state", () => {
  const events = history(drawOf(22));
  const state = known(events);
  for (const event of events) expect(merge(state, event)).toBe(state);
});
