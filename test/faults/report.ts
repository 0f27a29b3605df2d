import type { ViolationKind } from "./checker.ts";
import type { OverloadResult } from "./overload/overload.ts";
import { overloadSection } from "./overload/report.ts";

/** How one fault went. */
export interface Result {
  readonly fault: string;
  /** Calls in all, and how often which failure was seen. */
  readonly calls: number;
  readonly failures: ReadonlyMap<string, number>;
  /** The apps that said, or did not even say, that they are not ready. */
  readonly unready: readonly string[];
  /** From the fault's end until every app was ready; none: not within the bound. */
  readonly readySeconds: number | undefined;
  /** Likewise until every kind of call had succeeded. */
  readonly recoverySeconds: number | undefined;
  /** Likewise until every event was sent that waited. */
  readonly eventsSeconds: number | undefined;
  readonly writes: number;
  readonly found: Readonly<Record<ViolationKind, number>>;
}

/** A whole run. */
export interface Run {
  readonly results: readonly Result[];
  readonly overload: OverloadResult;
  readonly seed: number;
}

/** The document with the tables of a whole run. */
export function reliabilityPage({ results, overload, seed }: Run): string {
  const writes = results.reduce((sum, result) => sum + result.writes, 0);
  return `${head}
The last run: ${results.length} faults, ${writes} acknowledged writes, seed ${seed}.

${resultTable(results)}

${overloadSection(overload)}
`;
}

/** One line per fault. */
export function resultTable(results: readonly Result[]): string {
  return [tableHead, ...results.map(line)].join("\n");
}

const columns = ["Fault", "Writes", "Seen by callers", "Not ready", "Ready", "Recovery", "Events"];
const tableHead = [
  row([...columns, "Lost", "Doubled", "Out of order", "Foreign"]),
  row(Array.from({ length: columns.length + 4 }, () => "---")),
].join("\n");

const head = `# Reliability

What happens when a part of the system breaks while people use it. Written by \`npm run test:faults -- --write\`.

Three users change and read their tasks through the gateway, several changes of each at a time. Each change carries a
\`request_id\` and is repeated with it until it is acknowledged; some are repeated even then. Meanwhile one thing breaks.
Afterwards what the callers were told is compared with the tables, the topic and the audit log:

- **lost**: acknowledged changes that are missing in the tasks, the change feed, the topic or the audit log;
- **doubled**: changes, events or audit entries that exist more often than they were made;
- **out of order**: tasks whose events, or audit entries, do not follow their changes;
- **foreign**: things that were shown to somebody whose they are not.

**Not ready** are the apps that a probe of \`/health/ready\` found so; where it is known beforehand who must say so and
who must not, a test asks for it. Three things are measured from the fault's end (the moment a supervisor begins to start
what died), and bounded at 30 s by a test: **ready**, until every app is ready again; **recovery**, until changing tasks,
listing them, reading the audit log and reading the profile have each succeeded in a call that began after that moment;
**events**, until no event waits any more that is older than it.

\`no connection\` is what callers see of a gateway that is gone. All other failures are answers: \`UNAVAILABLE\` with the
time after which to come back, that the caller's own deadline of 5 s passed, or, to a repetition
with its \`request_id\`, that the call it repeats is still at work. Wires are made bad by toxiproxy. Events
lie on one broker, except where three are named: there on all three of them, and two must answer. Faults at once begin
within 5 s, and end when the last of them does.
`;

function line(result: Result): string {
  const { lost, doubled, order, foreign } = result.found;
  const unready = result.unready.length === 0 ? "nobody" : result.unready.join(", ");
  const after = [result.readySeconds, result.recoverySeconds, result.eventsSeconds].map(secondsOf);
  return row([result.fault, result.writes, seen(result), unready, ...after, lost, doubled, order, foreign]);
}

function secondsOf(seconds: number | undefined): string {
  return seconds === undefined ? "none" : `${seconds.toFixed(1)} s`;
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}

function seen({ calls, failures }: Result): string {
  const failed = [...failures].map(([outcome, count]) => `${count} × ${outcome}`);
  const succeeded = calls - [...failures.values()].reduce((sum, count) => sum + count, 0);
  return [`${succeeded} × success`, ...failed].join(", ");
}
