import { setTimeout as sleep } from "node:timers/promises";
import type { SoakBed } from "./bed.ts";
import { breachesIn, type Minute } from "./breaches.ts";
import type { Load } from "./load.ts";
import { type Sample, takeSample } from "./sample.ts";

/** A breach, and the minute in which it was seen. */
export interface Breach {
  readonly minute: number;
  readonly what: string;
}

export interface Course {
  readonly minutes: readonly Minute[];
  readonly breaches: readonly Breach[];
}

const minuteMs = 60_000;
const mostIllMinutes = 5;

/**
 * Lets time pass under a load, and looks at the system every minute. It ends early once it has not been well for so
 * long that it will not cure itself.
 * @param told of each minute as it ends
 */
export async function letTimePass(
  bed: SoakBed,
  load: Load,
  o: { minutes: number; told: (minute: Minute, breaches: readonly string[]) => void },
): Promise<Course> {
  const [minutes, breaches]: [Minute[], Breach[]] = [[], []];
  let ill = 0;
  for (let n = 1; n <= o.minutes; n++) {
    const before = load.log.calls.length;
    await sleep(minuteMs);
    const minute = { calls: load.log.calls.slice(before), sample: await takeSample(bed) };
    const found = breachesIn(minute);
    minutes.push(minute);
    breaches.push(...found.map((what) => ({ minute: n, what })));
    o.told(minute, found);
    ill = found.length === 0 ? 0 : ill + 1;
    if (ill === mostIllMinutes) break;
  }
  return { minutes, breaches };
}

/** All memory together, in MiB. */
export function mebibytesOf({ holdings }: Sample): number {
  return [...holdings.values()].reduce((sum, { mebibytes }) => sum + mebibytes, 0);
}
