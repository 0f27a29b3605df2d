import type { Comparison } from "./figure.ts";
import { disquiet, type Machine } from "./machine.ts";
import { verdict } from "./tables.ts";

/** The text of docs/benchmarks.md. */
export function page(
  comparisons: readonly Comparison[],
  run: { quick: boolean; date: Date; machine: Machine },
): string {
  const { cores, memoryGib, platform, node } = run.machine;
  const kind = run.quick ? "a quick run, whose figures are rough" : "a full run";
  const parts = [
    "# Benchmarks",
    "`npm run bench` measures this, `npm run bench -- --write` writes this page, `npm run bench -- --quick` takes four minutes.",
    [
      `${run.date.toISOString().slice(0, 10)}, ${kind}, on ${cores} cores with ${memoryGib} GiB, ${platform}, Node ${node}.`,
      disquiet(run.machine) ?? "The machine was quiet before it.",
    ].join("\n"),
    `Only the ratios carry over to another machine. What is compared is measured in one run, in turns, with another one
first each time; a ratio is the median of the ratios of the rounds, everything else the median of the rounds. The loop
is closed: a caller makes its next call when the last one is answered. Callers, services, sidecars, Postgres and Kafka
share the cores, so a caller costs what it measures some of its speed.`,
    tableOf(
      ["Figure", "Measured", "Bound", ""],
      comparisons.flatMap(({ figures }) => figures.map(verdict)),
    ),
    ...comparisons.flatMap(({ title, about, lines, remarks, unmeasured }) => [
      `## ${title}`,
      about,
      unmeasured === undefined
        ? tableOf(
            ["", ...lines.heads],
            lines.rows.map(({ name, cells }) => [name, ...cells]),
          )
        : `Not measured: ${unmeasured}.`,
      ...remarks,
    ]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(heads),
    line(heads.map((_, column) => (column === 0 ? "---" : "---:"))),
    ...rows.map(line),
  ].join("\n");
}
