import { topics } from "@todo/kit/event-catalogue";
import { describe, expect, it } from "vitest";
import { missingGolden } from "./files.ts";

const types = topics.flatMap(({ events }) => events.map(({ typeName }) => typeName));
const all = missingGolden([]);

describe("the golden events that are missing", () => {
  it("are the first of every type in a repository without any", () => {
    expect(all.map(({ name }) => name)).toEqual(types.map((type) => `${type}.1.json`));
  });

  it("are none where the newest of every type is what is published today", () => {
    const older = all.map(({ name }) => ({ name, text: "{}" }));
    const newer = all.map(({ name, text }) => ({ name: name.replace(".1.json", ".2.json"), text }));
    expect(missingGolden([...newer, ...older])).toEqual([]);
  });

  it("are a next version of an event that changed, beyond nine too", () => {
    const [first] = all;
    const type = first?.name.replace(".1.json", "");
    const versions = Array.from({ length: 10 }, (_, i) => ({ name: `${type}.${i + 1}.json`, text: "{}" }));
    expect(missingGolden([...versions, ...all.slice(1)])).toEqual([
      { name: `${type}.11.json`, text: first?.text },
    ]);
  });

  it("look the same whenever they are made", () => {
    expect(missingGolden([])).toEqual(all);
  });
});
