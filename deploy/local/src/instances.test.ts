import { expect, it } from "vitest";
import { instancesOf } from "./instances.ts";
import { topology } from "./topology.ts";

it("an app runs once under its own name, and as often as is asked for under names of their own", () => {
  const names = instancesOf(topology, { task: 3 }).map(({ entry, name }) => [entry.id, name]);
  expect(names).toEqual([
    ["gateway", "gateway"],
    ["task", "task"],
    ["task", "task#2"],
    ["task", "task#3"],
    ["identity", "identity"],
    ["audit", "audit"],
    ["recurrence", "recurrence"],
  ]);
});

it.each([
  [{ tusk: 2 }, "there are no replicas of tusk: no such app is started"],
  [{ task: 0 }, "0 is no number of replicas"],
  [{ task: 1.5 }, "1.5 is no number of replicas"],
  [{ gateway: 2 }, "gateway has one instance"],
])("replicas that cannot be are refused: %o", (replicas, message) => {
  expect(() => instancesOf(topology, replicas)).toThrow(message);
});
