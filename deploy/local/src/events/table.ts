/** A table for a terminal: columns as wide as their widest cell, numbers to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | bigint | number)[])[],
): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => printable(`${cell}`)));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  const isNumber = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] !== "string"),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        isNumber[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return cells.map(line).join("\n");
}

/** What was not written by us must not move the cursor of who reads it. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, "\uFFFD");
}
