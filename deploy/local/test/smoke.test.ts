import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { steps } from "#src/check/steps.ts";
import { repository } from "#src/repository.ts";

const run = promisify(execFile);

describe("npm start -- --check", () => {
  it("walks the smoke journey on a system of its own, and leaves no process and no folder", async () => {
    const temporary = await mkdtemp(join(tmpdir(), "todo-smoke-"));
    try {
      const { stdout } = await run(process.execPath, ["deploy/local/run.mjs", "start", "--check"], {
        cwd: repository,
        env: { ...process.env, TMPDIR: temporary },
        timeout: 240_000,
      });
      for (const { sentence } of steps) expect(stdout).toContain(`ok: ${sentence}`);
      expect(await readdir(temporary)).toEqual([]);
      expect(await processesThatName(temporary)).toEqual([]);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }, 300_000);
});

/** Pids whose command line names a folder: every process of a system names its data folder. */
async function processesThatName(folder: string): Promise<string[]> {
  const { stdout } = await run("ps", ["-A", "-o", "pid=,args="], { maxBuffer: 16 * 1024 * 1024 });
  return stdout.split("\n").filter((line) => line.includes(folder));
}
