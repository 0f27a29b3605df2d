import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claim } from "./claim.ts";
import { startOf } from "./identity.ts";
import { endLeftovers, launcherFile, runningLauncher } from "./leftovers.ts";
import { writePidFile } from "./pid-file.ts";

const stubborn = "process.on('SIGTERM', () => {}); process.stdout.write('up'); setInterval(() => {}, 1000)";

describe("leftovers of a killed launcher", { timeout: 60_000 }, () => {
  let folder: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "todo-leftovers-"));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await rm(folder, { recursive: true });
  });

  const startProgram = async (code: string): Promise<number> => {
    const child = spawn(process.execPath, ["-e", code], {
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    children.push(child);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    return child.pid ?? 0;
  };

  it("are ended, and their pid files go", async () => {
    const pid = await startProgram("process.stdout.write('up'); setInterval(() => {}, 1000)");
    await writePidFile(join(folder, "app-task.pid"), { name: "app:task", pid });
    expect(await endLeftovers(folder)).toEqual(["app:task"]);
    expect(await startOf(pid)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  it("are not a process that has got the pid of one of them since", async () => {
    const pid = await startProgram(stubborn);
    const record = { name: "app:task", pid, start: "1", stopSignal: "SIGKILL" };
    await writeFile(join(folder, "app-task.pid"), JSON.stringify(record));
    expect(await endLeftovers(folder)).toEqual([]);
    expect(await startOf(pid)).toBeDefined();
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("the launcher of a data folder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "todo-launcher-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("is one at a time", async () => {
    const file = launcherFile(folder);
    expect(await claim(file, "launcher")).toBe(true);
    expect(await claim(file, "launcher")).toBe(false);
    expect(await runningLauncher(folder)).toMatchObject({ pid: process.pid });
  });

  it("gives way when it is gone", async () => {
    const file = launcherFile(folder);
    await writeFile(
      file,
      JSON.stringify({ name: "launcher", pid: process.pid, start: "1", stopSignal: "SIGTERM" }),
    );
    expect(await claim(file, "launcher")).toBe(true);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ pid: process.pid });
  });
});
