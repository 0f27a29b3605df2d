import { daySeconds, endOfTime } from "../calendar/wall.ts";
import type { Zone } from "../zone/zone.ts";
import { lastCounted } from "./count.ts";
import type { Occurrence } from "./occurrence.ts";
import { type Walk, walls } from "./walk.ts";

/** How far an instant can be from where its time on the wall suggests: a zone's offset and a day that was left out. */
export const margin = 3 * daySeconds;

/** What a rule gives from a time on the wall on, with its COUNT and UNTIL. */
export type Ruled = (from: number) => Generator<Occurrence, void, undefined>;

export function ruledOf(
  walk: Walk,
  { count, until, zone }: { count: number | undefined; until: number | undefined; zone: Zone },
): Ruled {
  const last = count === undefined ? undefined : lastCounted(walk, count);
  const bound = until === undefined ? (last ?? endOfTime) : zone.wallOf(until) + margin;
  const seeks = count === undefined || last !== undefined;
  return function* ruled(from) {
    for (const wall of seeks ? walls(walk, from) : counted(walk, from, count)) {
      if (wall > bound) return;
      const { instant, reading } = zone.instantOf(wall);
      if (instant > endOfTime) return;
      if (until === undefined || instant <= until) yield { instant, wall, reading, added: false };
    }
  };
}

/** The times from `from` on of a rule whose matches are counted one by one. */
function* counted(walk: Walk, from: number, count: number): Generator<number, void, undefined> {
  let left = count;
  for (const wall of walls(walk, walk.start)) {
    if (wall >= from) yield wall;
    left -= 1;
    if (left === 0) return;
  }
}
