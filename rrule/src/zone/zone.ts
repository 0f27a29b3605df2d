import { daySeconds } from "../calendar/wall.ts";
import { RuleFault } from "../fault.ts";
import { offsetsOf } from "./offsets.ts";

/** How a time on the wall became an instant. */
export type Reading = "exact" | "gap" | "overlap";

export interface Instant {
  readonly instant: number;
  readonly reading: Reading;
}

/**
 * The clock of a zone. A time that the clock leaves out in spring moves on by as much as the clock does; of a time that
 * comes twice in autumn the first is meant.
 */
export interface Zone {
  readonly tzid: string;
  instantOf(wall: number): Instant;
  /** The second of a time that comes twice; the only one of any other. */
  lastInstantOf(wall: number): number;
  wallOf(instant: number): number;
}

const name = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/;
const known = new Map<string, Zone>();
const most = 1000;

/** The zone of an IANA name such as `Europe/Berlin`. @throws RuleFault for a name that is none. */
export function zoneOf(tzid: string): Zone {
  let zone = known.get(tzid);
  if (zone === undefined) {
    zone = open(tzid);
    if (known.size >= most) known.clear();
    known.set(tzid, zone);
  }
  return zone;
}

function open(tzid: string): Zone {
  const place = { part: "TZID", start: 0, end: tzid.length };
  const fault = new RuleFault("zone_unknown", "the time zone is no name of the IANA database", place);
  if (!name.test(tzid)) throw fault;
  try {
    return zone(tzid);
  } catch (error) {
    throw error instanceof RangeError ? fault : error;
  }
}

function zone(tzid: string): Zone {
  if (tzid === "UTC") {
    return {
      tzid,
      instantOf: (wall) => ({ instant: wall, reading: "exact" }),
      lastInstantOf: (wall) => wall,
      wallOf: (instant) => instant,
    };
  }
  const offsetAt = offsetsOf(tzid);
  return {
    tzid,
    wallOf: (instant) => instant + offsetAt(instant),
    lastInstantOf(wall) {
      const { instant, reading } = this.instantOf(wall);
      return reading === "overlap" ? wall - offsetAt(wall + daySeconds) : instant;
    },
    instantOf(wall) {
      // No clock is ahead of or behind UTC by a day: one change at most lies between these.
      const [before, after] = [offsetAt(wall - daySeconds), offsetAt(wall + daySeconds)];
      if (before === after) return { instant: wall - before, reading: "exact" };
      const fits = (offset: number) => offsetAt(wall - offset) === offset;
      const [first, second] = [fits(before), fits(after)];
      if (first) return { instant: wall - before, reading: second ? "overlap" : "exact" };
      if (second) return { instant: wall - after, reading: "exact" };
      return { instant: wall - before, reading: "gap" };
    },
  };
}
