import { describe, expect, it } from "vitest";
import { type Comparison, fails, holds, notMeasured } from "./figure.ts";
import { disquiet, machine } from "./machine.ts";
import { page } from "./page.ts";
import { tables, verdict } from "./tables.ts";

const comparison: Comparison = {
  title: "Boiling water",
  about: "A pan and a kettle.",
  figures: [
    { name: "The kettle against the pan", value: 1.256, unit: "of the litres/s", bound: { atLeast: 1.5 } },
    { name: "The first bubble", value: 12.4, unit: "ms", bound: { below: 60 } },
  ],
  lines: { heads: ["Litres/s"], rows: [{ name: "pan", cells: ["1"] }] },
  remarks: ["The pan was cold."],
};

describe("a figure", () => {
  it("holds at its least value, and not at the one it has to stay below", () => {
    const figure = { name: "", unit: "" };
    expect(holds({ ...figure, value: 0.3, bound: { atLeast: 0.3 } })).toBe(true);
    expect(holds({ ...figure, value: 0.29, bound: { atLeast: 0.3 } })).toBe(false);
    expect(holds({ ...figure, value: 60, bound: { below: 60 } })).toBe(false);
    expect(holds({ ...figure, value: Number.NaN, bound: { below: 60 } })).toBe(false);
    expect(holds({ ...figure, value: Number.NaN, bound: { atLeast: 0 } })).toBe(false);
  });
});

describe("a figure to reach", () => {
  const figure = { name: "The tea", value: 1.5, unit: "cups", bound: { atLeast: 2 } };

  it("fails nothing, while one that has to hold does", () => {
    expect(fails(figure)).toBe(true);
    expect(fails({ ...figure, toReach: true })).toBe(false);
    expect(fails({ ...figure, value: 2 })).toBe(false);
  });

  it("is said to be reached or not", () => {
    expect(verdict({ ...figure, toReach: true })).toEqual([
      "The tea",
      "1.50 cups",
      "at least 2.00",
      "not reached",
    ]);
    expect(verdict({ ...figure, toReach: true, value: 2 }).at(-1)).toBe("reached");
  });
});

describe("the report", () => {
  it("says why a part was not measured, without a table", () => {
    const run = { quick: true, date: new Date(), machine: machine() };
    const missing = notMeasured({ title: "Melting ice", about: "A cup.", why: "there is no ice" });
    expect(page([missing], run)).toContain("## Melting ice\n\nA cup.\n\nNot measured: there is no ice.\n");
    expect(tables([comparison, missing])).toContain("  not measured: there is no ice");
  });

  it("says each figure, its bound and whether it holds, on the terminal and on the page", () => {
    const run = { quick: false, date: new Date("2026-03-01T10:00:00Z"), machine: machine() };
    const written = page([comparison], run);
    expect(written).toContain("2026-03-01, a full run");
    expect(written).toContain(
      "| The kettle against the pan | 1.26 of the litres/s | at least 1.50 | does not hold |",
    );
    expect(written).toContain("| The first bubble | 12 ms | below 60 | holds |");
    expect(written).toContain("| pan | 1 |");
    const shown = tables([comparison]).join("\n");
    expect(shown).toMatch(/The first bubble +12 ms +below 60 +holds/);
    expect(shown).toContain("The pan was cold.");
  });
});

describe("a machine", () => {
  it("that others use is called so", () => {
    const two = { ...machine(), cores: 2 };
    expect(disquiet({ ...two, load: 0.4 })).toBeUndefined();
    expect(disquiet({ ...two, load: 5.16 })).toContain("load 5.2 on 2 cores");
  });
});
