import { describe, expect, it } from "vitest";
import { fullTimes } from "../fault.ts";
import { mixedFaults } from "../faults.ts";

describe("faults at once", () => {
  it("are the same for the same seed, and others for another one", () => {
    const names = (seed: number) => mixedFaults(fullTimes, 6, seed).map(({ name }) => name);
    expect(names(1)).toEqual(names(1));
    expect(names(1)).not.toEqual(names(2));
  });

  it("never break the same thing twice", () => {
    for (const { breaks } of mixedFaults(fullTimes, 200, 3)) {
      expect(breaks.length).toBeGreaterThanOrEqual(2);
      expect(new Set(breaks).size).toBe(breaks.length);
    }
  });
});
