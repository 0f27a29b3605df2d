import { describe, expect, it } from "vitest";
import { newTaskId } from "./task-id.ts";

describe("a task id", () => {
  it("is a uuid of version 7 in lower case", () => {
    expect(newTaskId(new Date())).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it("sorts by the time at which it was made", () => {
    const times = [0, 1, 1_000, 1_772_359_200_000, 253_402_300_799_999];
    const ids = times.map((time) => newTaskId(new Date(time)));
    expect([...ids].sort()).toEqual(ids);
  });
});
