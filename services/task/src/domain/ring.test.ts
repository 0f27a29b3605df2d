import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ringOf } from "./ring.ts";

const waiting: Readonly<Record<string, readonly string[]>> = {
  b: ["c", "d"],
  c: ["e"],
  d: ["a"],
  e: ["d", "b"],
};
const dependsOn = (id: string) => waiting[id] ?? [];

describe("a ring of tasks", () => {
  it("is found by the shortest way, and named from the task back to it", () => {
    expect(ringOf("a", ["b"], dependsOn)).toEqual(["a", "b", "d", "a"]);
    expect(ringOf("a", ["x", "e"], dependsOn)).toEqual(["a", "e", "d", "a"]);
    expect(ringOf("a", ["a"], dependsOn)).toEqual(["a", "a"]);
  });

  it("is not there where the way does not lead back, even past other rings", () => {
    expect(ringOf("f", ["b"], dependsOn)).toBeUndefined();
    expect(ringOf("a", [], dependsOn)).toBeUndefined();
  });

  it("is found exactly where one task can be reached from itself", () => {
    const graph = fc.array(fc.uniqueArray(fc.nat(7), { maxLength: 3 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(graph, (edges) => {
        const next = (id: string) => (edges[Number(id)] ?? []).map(String);
        const reached = new Set(next("0"));
        for (const id of reached) for (const each of next(id)) reached.add(each);
        const ring = ringOf("0", next("0"), next);
        expect(ring !== undefined).toBe(reached.has("0"));
        for (const [index, id] of (ring ?? []).slice(1).entries()) {
          expect(next(ring?.[index] ?? "")).toContain(id);
        }
      }),
    );
  });
});
