import { settableClock } from "@todo/kit/testing/clock";
import { describe, expect, it } from "vitest";
import { createAdaptiveAdmission } from "./adaptive-admission.ts";

const targetMs = 1_000;

/** An admission through which batches of calls go that take equally long. */
function door(most = 1_024) {
  const clock = settableClock();
  const now = () => clock.now().getTime();
  const admission = createAdaptiveAdmission({ fewest: 64, most, targetMs, now });
  const batch = (calls: number, ms: number) => {
    const leaves = Array.from({ length: calls }, () => admission.enter());
    clock.advance(ms);
    for (const leave of leaves) {
      admission.took(ms);
      leave?.();
    }
  };
  return { admission, batch };
}

describe("the admission of calls", () => {
  it("refuses more than its limit, and takes the next when one has left", () => {
    const { admission } = door();
    const leaves = Array.from({ length: admission.limit }, () => admission.enter());
    expect(admission.enter()).toBeUndefined();
    leaves[0]?.();
    leaves[0]?.();
    expect(admission.size).toBe(admission.limit - 1);
    expect(admission.enter()).toBeDefined();
    expect(admission.enter()).toBeUndefined();
  });

  it("admits fewer while calls take too long, but never too few", () => {
    const { admission, batch } = door();
    const before = admission.limit;
    batch(before, targetMs + 1);
    expect(admission.limit).toBe(Math.floor(before * 0.8));
    for (let n = 0; n < 50; n++) batch(64, targetMs + 1);
    expect(admission.limit).toBe(64);
  });

  it("admits more while many are answered in time, up to the most", () => {
    const { admission, batch } = door(200);
    for (let n = 0; n < 500; n++) batch(admission.limit, 10);
    expect(admission.limit).toBe(200);
  });

  it("has no reason to admit more while few call", () => {
    const { admission, batch } = door();
    const before = admission.limit;
    for (let n = 0; n < 500; n++) batch(10, 10);
    expect(admission.limit).toBe(before);
  });
});
