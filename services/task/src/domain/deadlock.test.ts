import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deadlockOf, type Edge, type Linked } from "./deadlock.ts";

/** Tasks as `id`, `id<above` or `id<above:dependency,dependency`. */
function tasks(...written: string[]): ReadonlyMap<string, Linked> {
  return new Map(
    written.map((text) => {
      const [, id = "", subtaskOf = null, waits = ""] = /^(\w+)(?:<(\w+))?(?::(.*))?$/.exec(text) ?? [];
      return [id, { id, subtaskOf, dependsOn: waits === "" ? [] : waits.split(",") }];
    }),
  );
}

describe("a deadlock", () => {
  it.each<[string, string[], Edge, string]>([
    ["over a part that waits", ["P", "s<P:X", "X:P"], ["s", "X"], "s X P s"],
    ["over a task that waits for the whole", ["P", "s<P:X", "X:P"], ["X", "P"], "X P s X"],
    ["over a part that comes under it", ["P", "s<P:X", "X:P"], ["P", "s"], "P s X P"],
    ["over parts of two wholes", ["P", "s<P:Q", "Q", "t<Q:P"], ["t", "P"], "t P s Q t"],
    ["far below", ["P", "q<P", "s<q:X", "X:Y", "Y:P"], ["s", "X"], "s X Y P q s"],
    [
      "over one that waits for what is above it",
      ["P", "q<P", "a<q:P", "y<P:X", "X:q"],
      ["X", "q"],
      "X q a P y X",
    ],
    ["within a whole that none of them is", ["P", "a<P", "t<a:b", "b<P:a"], ["b", "a"], "b a t b"],
    ["of plain dependencies", ["a:b", "b:a"], ["a", "b"], "a b a"],
  ])("%s", (_, written, edge, way) => {
    expect(deadlockOf(tasks(...written), [edge])?.join(" ")).toBe(way);
  });

  it.each<[string, string[], Edge]>([
    ["a part that waits for the whole", ["P", "s<P:P"], ["s", "P"]],
    ["a whole that waits for its part", ["P:s", "s<P"], ["P", "s"]],
    ["a part that waits for another one", ["P", "s<P:t", "t<P"], ["s", "t"]],
    ["a part that waits for what the whole waits for", ["P:X", "s<P:X", "X"], ["s", "X"]],
    ["a task that waits for a part of what waits for it", ["P:X", "s<P", "X:s"], ["X", "s"]],
    ["a ring that was there before", ["a:b", "b:a", "c:a"], ["c", "a"]],
  ])("is not %s", (_, written, edge) => {
    expect(deadlockOf(tasks(...written), [edge])).toBeUndefined();
  });

  it("is found by the edge that closes it, and where there is none, all can be done", () => {
    const ids = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(ids, ids, fc.boolean()), { maxLength: 14 }), (steps) => {
        const known = new Map<string, Linked>();
        for (let id = 0; id <= 6; id++) known.set(`${id}`, { id: `${id}`, subtaskOf: null, dependsOn: [] });
        for (const [from, to, isPart] of steps) link(known, `${from}`, `${to}`, isPart);
        expect(open(known)).toEqual(new Set());
      }),
    );
  });
});

/** Adds what closes no deadlock; a part never comes under itself. */
function link(known: Map<string, Linked>, from: string, to: string, isPart: boolean): void {
  const task = known.get(isPart ? to : from) as Linked;
  const linked = isPart ? { ...task, subtaskOf: from } : { ...task, dependsOn: [...task.dependsOn, to] };
  const after = new Map(known).set(task.id, linked);
  const above = (id: string | null): boolean =>
    id === to || (id !== null && above(known.get(id)?.subtaskOf ?? null));
  if (from === to || (isPart && above(from))) return;
  if (deadlockOf(after, [[from, to]]) === undefined) known.set(task.id, linked);
}

/** What stays open when whatever can be completed is, each with all beneath it. */
function open(known: ReadonlyMap<string, Linked>): ReadonlySet<string> {
  const left = new Set(known.keys());
  const beneath = (id: string): string[] =>
    [...left].filter((each) => known.get(each)?.subtaskOf === id).flatMap((each) => [each, ...beneath(each)]);
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const id of [...left]) {
      const together = new Set([id, ...beneath(id)]);
      const waits = [...together].flatMap((each) => known.get(each)?.dependsOn ?? []);
      if (waits.every((each) => together.has(each) || !left.has(each)))
        for (const each of together) left.delete(each);
    }
  }
  return left;
}
