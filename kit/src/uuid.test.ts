import { describe, expect, it } from "vitest";
import { uuidV7 } from "./uuid.ts";

describe("a uuid of version 7", () => {
  it("has its form, in lower case", () => {
    expect(uuidV7()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("begins with the time at which it was made, and so sorts by it", () => {
    const times = [0, 1, 1_000, 1_772_359_200_000, 253_402_300_799_999];
    const ids = times.map((time) => uuidV7(new Date(time)));
    expect(ids.map((id) => Number.parseInt(id.slice(0, 13).replace("-", ""), 16))).toEqual(times);
    expect([...ids].sort()).toEqual(ids);
  });

  it("differs from all others of its time", () => {
    const now = new Date();
    expect(new Set(Array.from({ length: 1_000 }, () => uuidV7(now))).size).toBe(1_000);
  });
});
