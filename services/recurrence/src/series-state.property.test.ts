import { type Draw, drawOf } from "@todo/rrule/testing/draw";
import { expect, it } from "vitest";
import type { Done } from "./plan.ts";
import { merge, type SeriesState, type Told } from "./series-state.ts";
import { drawHistory, type Tale } from "./testing/history.ts";
import { completed, lastFriday, skipped } from "./testing/plans.ts";

function toTold({ kind, version, state, rrule, place, about, time }: Tale): Told {
  const plan = { ...lastFriday, rrule, recurrenceId: place };
  const tzdata = version % 3n === 0n ? "2026b" : "2026a";
  const series = { seriesId: "s", userId: "u", version, active: state === "active", plan, tzdata };
  const isTurn = kind !== "changed" && kind !== "ended" && kind !== "exhausted";
  return { series, about: isTurn ? { recurrenceId: about, done: toDone(kind, time) } : undefined };
}

function toDone(kind: Tale["kind"], time: Date): Done | undefined {
  if (kind === "completed") return completed(time.toISOString());
  return kind === "skipped" ? skipped(time.toISOString()) : undefined;
}

function shuffled<T>(draw: Draw, list: readonly T[]): T[] {
  const rest = [...list];
  return list.map(() => rest.splice(draw.number(0, rest.length - 1), 1)[0] as T);
}

const known = (events: readonly Told[]) =>
  events.reduce<SeriesState | undefined>((state, event) => merge(state, event), undefined);

it("what events tell of a series is the same, and true, in whatever order and however often they come [R064]", () => {
  const draw = drawOf(21);
  const kinds = new Set<Tale["kind"]>();
  for (let index = 0; index < 5_000; index += 1) {
    const { tales, done } = drawHistory(draw);
    for (const { kind } of tales) kinds.add(kind);
    const events = tales.map(toTold);
    const found = known(shuffled(draw, [...events, ...draw.some(events, 5)]));
    expect(found).toEqual(known(events));
    const last = events.at(-1);
    expect(found).toMatchObject(last?.series ?? {});
    if (found?.active) expect(found.fact?.done).toEqual(done && toDone(done.kind, done.time));
  }
  expect(kinds.size).toBe(7);
}, 60_000);

it("an event that tells nothing new leaves the very same state", () => {
  const draw = drawOf(22);
  for (let index = 0; index < 200; index += 1) {
    const events = drawHistory(draw).tales.map(toTold);
    const state = known(events);
    for (const event of events) expect(merge(state, event)).toBe(state);
  }
});
