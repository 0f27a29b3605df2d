import { expect, it } from "vitest";
import { budgetOf } from "./budget.ts";

it("hands out what was allowed and no more, and to nobody anything beyond all of it", async () => {
  const budget = budgetOf(5);
  const got: boolean[] = [];
  budget.allow(1);
  expect(budget.spent).toBe(false);
  const takers = [1, 2, 3].map(async () => {
    for (;;) {
      const more = await budget.take();
      got.push(more);
      if (!more) return;
    }
  });
  budget.allow(1);
  await new Promise(setImmediate);
  expect(got).toEqual([true, true]);
  expect(budget.spent).toBe(true);
  budget.allow(100);
  await Promise.all(takers);
  expect(got.filter(Boolean)).toHaveLength(5);
  expect(await budget.take()).toBe(false);
});

it("lets those go who wait when it ends", async () => {
  const budget = budgetOf(5);
  const waiting = budget.take();
  budget.end();
  expect(await waiting).toBe(false);
});
