import { describe, expect, it } from "vitest";
import { closest } from "./closest.ts";

describe("the closest name", () => {
  it.each([
    ["dryrun", ["dryRun", "mode", "requestId"], "dryRun"],
    ["descripton", ["title", "description"], "description"],
    ["HIHG", ["HIGH", "LOW"], "HIGH"],
    ["sub_taskOf", ["subtaskOf", "due"], "subtaskOf"],
    ["tag", ["tags", "title"], "tags"],
    ["password", ["title", "tags", "due"], undefined],
    ["xy", ["id", "due"], undefined],
    ["x".repeat(10_000), ["x".repeat(64)], undefined],
  ])("to %s among %j is %s", (name, candidates, meant) => {
    expect(closest(name, candidates)).toBe(meant);
  });
});
