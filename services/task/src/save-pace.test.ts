import { describe, expect, it } from "vitest";
import { createSavePace } from "./save-pace.ts";

describe("the time to store a large command", () => {
  it("is asked for before, and nothing is where the deadline leaves too little", () => {
    const pace = createSavePace();
    expect(() => pace.requireTime(1_000, 100)).toThrow("nothing was stored");
    expect(() => pace.requireTime(1_000, 2_000)).not.toThrow();
  });

  it("is not asked for where few things change, or nobody waits", () => {
    const pace = createSavePace();
    expect(() => pace.requireTime(50, 1)).not.toThrow();
    expect(() => pace.requireTime(1_000, undefined)).not.toThrow();
  });

  it("is what it took last, and less again when commands are refused for it", () => {
    const pace = createSavePace();
    for (let count = 0; count < 20; count++) pace.took(1_000, 5_000);
    expect(() => pace.requireTime(1_000, 2_000)).toThrow("nothing was stored");
    for (let count = 0; count < 20; count++) {
      try {
        pace.requireTime(1_000, 2_000);
      } catch {}
    }
    expect(() => pace.requireTime(1_000, 2_000)).not.toThrow();
  });
});
