import { existsSync } from "node:fs";
import { join } from "node:path";
import { appIds } from "@todo/kit/services";
import { describe, expect, it } from "vitest";
import { repository } from "./repository.ts";
import { topology } from "./topology.ts";

describe("the topology", () => {
  it("has every app of the system, once", () => {
    expect(topology.map(({ id }) => id).sort()).toEqual([...appIds].sort());
  });

  it.each(topology)("starts $id from a file that exists", ({ main }) => {
    expect(existsSync(join(repository, main))).toBe(true);
  });
});
