import { expect, it } from "vitest";
import { LruMap } from "./lru.ts";

it("a bounded map forgets what was used least recently", () => {
  const map = new LruMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  expect(map.get("a")).toBe(1);
  map.set("c", 3);
  expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([1, undefined, 3]);
  map.set("a", 4);
  expect(map.size).toBe(2);
  map.delete("a");
  expect(map.get("a")).toBeUndefined();
});
