import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { repository } from "../repository.ts";
import { ok, warning } from "./check.ts";
import { checks, examine } from "./examine.ts";
import type { Reach } from "./reach.ts";

const nowhere = {} as Reach;

describe("an examination", () => {
  it("says one thing after the other, as it is found", async () => {
    const said: string[] = [];
    const found = await examine(nowhere, ({ check, what }) => said.push(`${check}: ${what}`), [
      { name: "first", look: async () => [ok("well"), warning("soon", "wait")] },
      { name: "second", look: async () => [ok("well too")] },
    ]);
    expect(said).toEqual(["first: well", "first: soon", "second: well too"]);
    expect(found).toHaveLength(3);
  });

  it("takes a check that fails for a fault, tells its kind alone, and goes on", async () => {
    const found = await examine(nowhere, () => undefined, [
      {
        name: "broken",
        look: () =>
          Promise.reject(Object.assign(new Error("postgres://me:secret@host"), { code: "ECONNREFUSED" })),
      },
      { name: "next", look: async () => [ok("well")] },
    ]);
    expect(found).toMatchObject([
      { check: "broken", level: "fault", what: "could not be looked at: ECONNREFUSED" },
      { check: "next", level: "ok" },
    ]);
  });

  it("has a check of a name for everything", () => {
    expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
  });
});

describe("the command", { timeout: 60_000 }, () => {
  it("ends with 1 and says how to get a system where there is none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "todo-doctor-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const command = join(repository, "deploy/local/src/cli/doctor.ts");
    const { code, output } = await new Promise<{ code: number | null; output: string }>((resolve) => {
      const child = execFile(process.execPath, [command, "--data", folder], (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, output: stdout + stderr }),
      );
    });
    expect([code, output]).toEqual([1, "There is no system to look at: npm start makes one\n"]);
  });
});
