import { modulo } from "../../calendar/civil.ts";
import type { ClockTime, Draft, PartOfDay } from "../draft.ts";
import { refuse } from "../refusal.ts";

/** When a part of the day is, where no time is said, and which hours are in it. */
const parts: Readonly<Record<PartOfDay, { hour: number; from: number; to: number }>> = {
  morning: { hour: 9, from: 3, to: 11 },
  noon: { hour: 12, from: 11, to: 14 },
  afternoon: { hour: 15, from: 12, to: 18 },
  evening: { hour: 19, from: 16, to: 23 },
  night: { hour: 21, from: 19, to: 29 },
};

/** Turns times into hours and minutes, which go each with each. */
export function withTimes(draft: Draft): void {
  const within = draft.frequency === "HOURLY" || draft.frequency === "MINUTELY";
  if (draft.between !== undefined) takeBetween(draft, within);
  const times = timesOf(draft);
  if (times.length === 0) return;
  if (within) refuse("what repeats within a day has no times of the day: it goes on from when it starts");
  if (draft.hours.length + draft.minutes.length > 0) refuse("the time is said twice");
  draft.hours = distinct(times.map(({ hour }) => hour));
  draft.minutes = distinct(times.map(({ minute }) => minute));
  const said = distinct(times.map(({ hour, minute }) => hour * 60 + minute));
  if (said.length !== draft.hours.length * draft.minutes.length) takePicked(draft, said);
}

/** Hours and minutes that do not all go with each other are picked from those that do. */
function takePicked(draft: Draft, said: readonly number[]): void {
  if (draft.positions.length + draft.workdays.length > 0 || draft.seconds.length > 0) impossible();
  if (draft.frequency === "WEEKLY" && (draft.interval ?? 1) === 1 && draft.days.length > 0) {
    draft.frequency = "DAILY";
  }
  if (draft.frequency !== "DAILY" && !hasOneDay(draft)) impossible();
  const all = draft.hours.flatMap((hour) => draft.minutes.map((minute) => hour * 60 + minute));
  draft.positions = all.flatMap((time, index) => (said.includes(time) ? [index + 1] : []));
}

/** Whether each period of the rule has one day at most. */
function hasOneDay({ frequency, days, nth, monthDays, months, yearDays, weeks }: Draft): boolean {
  if (frequency === "WEEKLY") return days.length < 2;
  if (days.length + yearDays.length + weeks.length > 0) return false;
  if (frequency === "YEARLY" && months.length !== 1)
    return nth.length + monthDays.length + months.length === 0;
  return nth.length + monthDays.length < 2;
}

function impossible(): never {
  refuse("one rule cannot have times that differ in hour and minute on these days: make one for each time");
}

function timesOf(draft: Draft): readonly { hour: number; minute: number }[] {
  const { times, partOfDay } = draft;
  if (partOfDay === undefined) return times;
  const part = parts[partOfDay];
  if (times.length === 0) {
    if (partOfDay !== "noon") draft.confidence *= 0.8;
    return [{ hour: part.hour, minute: 0 }];
  }
  return times.map((time) => ({ hour: hourIn(time, part), minute: time.minute }));
}

/** The hour as the part of the day has it: 8 in the evening is 20. */
function hourIn({ hour, open }: ClockTime, { from, to }: { from: number; to: number }): number {
  const candidates = open ? [hour, hour + 12] : [hour];
  const found = candidates.find((value) => [value, value + 24].some((time) => time >= from && time <= to));
  return found === undefined ? refuse("the time is not in that part of the day") : modulo(found, 24);
}

function takeBetween(draft: Draft, within: boolean): void {
  const { from, to } = draft.between ?? refuse("no hours are said");
  if (!within) refuse("a rule says when something begins, and not until when it lasts");
  if (from.minute !== 0 || to.minute !== 0 || draft.hours.length > 0)
    refuse("only whole hours can be said here");
  draft.confidence *= 0.9;
  // What repeats each 20 minutes until 17:00 is not meant to go on until 17:40.
  const last = draft.frequency === "MINUTELY" ? to.hour - 1 : to.hour;
  const size = modulo(last - from.hour, 24) + 1;
  draft.hours = distinct(Array.from({ length: size }, (_, index) => modulo(from.hour + index, 24)));
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
