import { type Comparison, type Figure, holds } from "./figure.ts";

/** The comparisons as plain text. */
export function tables(comparisons: readonly Comparison[]): string[] {
  return [
    ...comparisons.flatMap(({ title, lines, remarks, unmeasured }) => [
      "",
      title,
      ...(unmeasured === undefined
        ? columnsOf([["", ...lines.heads], ...lines.rows.map(({ name, cells }) => [name, ...cells])])
        : [`  not measured: ${unmeasured}`]),
      ...remarks.map((remark) => `  ${remark}`),
    ]),
    "",
    ...columnsOf(comparisons.flatMap(({ figures }) => figures.map(verdict))),
  ];
}

/** A figure in four cells: its name, its value, its bound, and whether it holds or is reached. */
export function verdict(figure: Figure): string[] {
  const { name, value, unit, bound } = figure;
  const number = (of: number) => ("atLeast" in bound ? of.toFixed(2) : of.toFixed(0));
  const limit = "atLeast" in bound ? `at least ${number(bound.atLeast)}` : `below ${number(bound.below)}`;
  const [yes, no] = figure.toReach === true ? ["reached", "not reached"] : ["holds", "does not hold"];
  return [name, `${number(value)} ${unit}`, limit, holds(figure) ? yes : no];
}

function columnsOf(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    `  ${row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("   ")}`.trimEnd(),
  );
}
