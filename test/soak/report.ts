import { spreadOf } from "../faults/series/timing.ts";
import type { Minute } from "./breaches.ts";
import { type Course, mebibytesOf } from "./run.ts";
import type { Sample } from "./sample.ts";

/** How a soak went. */
export interface SoakResult {
  readonly course: Course;
  readonly seed: number;
  /** Before the load, and two minutes after it ended. */
  readonly before: Sample;
  readonly rested: Sample;
  readonly writes: number;
  readonly completions: number;
  /** What the checkers of histories found, in all. */
  readonly violations: number;
}

export const soakHeading = "## Soak";

/** The section of the document on reliability. */
export function soakSection(result: SoakResult): string {
  const { course, before, rested, writes, completions, violations } = result;
  const { length } = course.minutes;
  return `${soakHeading}

${about}

The last run: ${length} minutes, seed ${result.seed}, ${writes} acknowledged writes and ${completions} completions in series;
${violations} lost, doubled, out of order, foreign or wrong; ${course.breaches.length} breaches of what must hold each minute. The whole held ${mib(mebibytesOf(before))}
before the load and ${mib(mebibytesOf(rested))} two minutes after it.

${table(heads, rowsOf(course.minutes))}

What each process held, in MiB, its children included and shared pages divided among those who share them:

${table(["Process", "Before", "Most", "Rested", "Handles at most"], processRows(result))}
`;
}

const about = `Written by \`npm run test:soak -- --hours N --write\`. The system of \`npm start\` is left alone under a steady mixed load, some
20 calls a second: users write and read in shifts, series go on, people sign in and out, tokens are made, used and
revoked. Every minute it is asked whether each kind of call was answered, every app is ready and no process has ended;
and looked at for memory, open handles, connections, logs, what waits for the broker, what consumers are behind and how
much time the certificates have left. Each of these has a bound (test/soak/breaches.ts). At the end the history checkers
of the faults compare what callers were told with what the system holds, and the doctor looks at it.`;

const heads = ["Minutes", "Calls", "Failed", "p95 ms", "MiB", "Handles", "Connections", "Logs MiB", "Lag"];
const perRow = 10;

function rowsOf(minutes: readonly Minute[]): (string | number)[][] {
  const starts = Array.from({ length: Math.ceil(minutes.length / perRow) }, (_, n) => n * perRow);
  return starts.map((from) => rowOf(from, minutes.slice(from, from + perRow)));
}

function rowOf(from: number, minutes: readonly Minute[]): (string | number)[] {
  const calls = minutes.flatMap((minute) => minute.calls);
  const failed = calls.filter(({ outcome }) => outcome !== "OK").length;
  const { most95 } = spreadOf(calls.map(({ begun, ended }) => ended - begun));
  const most = (of: (sample: Sample) => number) => Math.max(...minutes.map(({ sample }) => of(sample)));
  const handles = (sample: Sample) =>
    [...sample.holdings.values()].reduce((sum, holding) => sum + holding.handles, 0);
  return [
    `${from + 1}-${from + minutes.length}`,
    calls.length,
    failed,
    (most95 * 1_000).toFixed(0),
    most(mebibytesOf).toFixed(0),
    most(handles),
    most(({ connections }) => connections),
    most(({ logMebibytes }) => logMebibytes).toFixed(1),
    most(({ lag }) => lag),
  ];
}

function processRows({ course, before, rested }: SoakResult): (string | number)[][] {
  return [...before.holdings].map(([name, held]) => {
    const seen = course.minutes.flatMap(({ sample }) => sample.holdings.get(name) ?? []);
    const most = Math.max(held.mebibytes, ...seen.map(({ mebibytes }) => mebibytes));
    const after = rested.holdings.get(name)?.mebibytes ?? 0;
    const handles = Math.max(held.handles, ...seen.map((holding) => holding.handles));
    return [name, held.mebibytes.toFixed(0), most.toFixed(0), after.toFixed(0), handles];
  });
}

function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}

const mib = (mebibytes: number): string => `${mebibytes.toFixed(0)} MiB`;
