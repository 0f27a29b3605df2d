import { RuleFault } from "@todo/rrule/fault";
import { openSeries } from "@todo/rrule/open";
import { quantile } from "#src/load/statistics.ts";
import type { Comparison, Figure, Line } from "#src/report/figure.ts";
import type { Bench } from "../bench.ts";
import { agedQuestions, hostileRules, type Question, vectorQuestions } from "./rules.ts";
import { timed } from "./timing.ts";

/** What it takes to find the next occurrence of a rule, and to refuse a rule that has none. */
export async function measureRecurrence({ plan, signal }: Bench): Promise<Comparison> {
  const o = { rounds: plan.recurrenceRounds, signal };
  const vectors = timed((await vectorQuestions()).map(next), o);
  const [young, old] = [timed(agedQuestions(1).map(next), o), timed(agedQuestions(10).map(next), o)];
  const hostile = timed(hostileRules.map(refused), { rounds: 5, signal });
  return {
    title: "Recurrence rules, in process",
    about: `Reading a rule, opening its series and finding its next occurrence, each time anew: the 2,500 test vectors in
the middle of their occurrences, ${young.length} rules one and ten years after their start, and ${hostile.length} rules
that have to be refused. The median of ${plan.recurrenceRounds} times for each rule.`,
    figures: figuresOf({ vectors, young, old, hostile }),
    lines: {
      heads: ["p50 µs", "p99 µs", "slowest µs"],
      rows: [
        line("next occurrence, 2,500 vectors", vectors),
        line("next occurrence after 1 year", young),
        line("next occurrence after 10 years", old),
        line("refusing a hostile rule", hostile),
      ],
    },
    remarks: [],
  };
}

interface Measured {
  vectors: readonly number[];
  young: readonly number[];
  old: readonly number[];
  hostile: readonly number[];
}

function figuresOf({ vectors, young, old, hostile }: Measured): Figure[] {
  const ratios = young.map((took, index) => took / (old[index] ?? Number.NaN));
  return [
    {
      name: "Next occurrence, p99 over all vectors",
      value: quantile(vectors, 0.99),
      unit: "µs",
      bound: { below: 100 },
    },
    {
      name: "Next occurrence ten years after the start, the worst rule",
      value: Math.min(...ratios),
      unit: "of the speed after one year",
      bound: { atLeast: 0.5 },
    },
    {
      name: "Refusing a hostile rule, the slowest",
      value: Math.max(...hostile) / 1_000,
      unit: "ms",
      bound: { below: 25 },
    },
  ];
}

function next({ series, after }: Question): () => void {
  return () => void openSeries(series).occurrences(after).next();
}

function refused(rrule: string): () => void {
  return () => {
    try {
      openSeries({ rrule, dtstart: "2026-01-01T09:00:00", tzid: "UTC" });
    } catch (error) {
      if (error instanceof RuleFault) return;
      throw error;
    }
    throw new Error(`${rrule} was taken`);
  };
}

function line(name: string, took: readonly number[]): Line {
  const cells = [quantile(took, 0.5), quantile(took, 0.99), Math.max(...took)];
  return { name, cells: cells.map((value) => value.toFixed(1)) };
}
