import { daySeconds, parseWall } from "../calendar/wall.ts";

/** Finds how far the wall clock of a zone is ahead of UTC at an instant, in seconds. */
export type OffsetAt = (instant: number) => number;

/** Zones change their clocks at most once in so many seconds, except for a handful of times in history. */
const stretch = 8 * daySeconds;
const most = 4096;
/** Outside of these years the offsets stay what they are at their edges. */
const [first, last] = [parseWall("1890-01-01") ?? 0, parseWall("9999-12-01") ?? 0];

interface Stretch {
  readonly before: number;
  readonly after: number;
  /** The first instant with the offset `after`. */
  readonly change: number;
}

/** Offsets of a zone, remembered by stretches of time, since asking Intl is slow. Throws RangeError for no zone. */
export function offsetsOf(tzid: string): OffsetAt {
  const ask = askIntl(tzid);
  const stretches = new Map<number, Stretch>();
  return (asked) => {
    const instant = Math.min(Math.max(asked, first), last);
    const index = Math.floor(instant / stretch);
    let known = stretches.get(index);
    if (known === undefined) {
      known = look(ask, index * stretch);
      if (stretches.size >= most) stretches.clear();
      stretches.set(index, known);
    }
    return instant < known.change ? known.before : known.after;
  };
}

function look(ask: OffsetAt, from: number): Stretch {
  let [low, high] = [from, from + stretch];
  const [before, after] = [ask(low), ask(high)];
  if (before === after) return { before, after, change: high };
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (ask(middle) === before) low = middle;
    else high = middle;
  }
  return { before, after, change: high };
}

function askIntl(tzid: string): OffsetAt {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: tzid,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  return (instant) => {
    const [, month, day, year = "", time] =
      /^(\d+)\/(\d+)\/(\d+), (.+)$/.exec(format.format(instant * 1000)) ?? [];
    const wall = parseWall(`${year.padStart(4, "0")}-${month}-${day}T${time}`);
    if (wall === undefined) throw new RangeError(`no clock of ${tzid} at ${instant}`);
    return wall - instant;
  };
}
