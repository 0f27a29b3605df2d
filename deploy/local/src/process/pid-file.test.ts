import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startOf } from "./identity.ts";
import { readRunning, runningIn, writePidFile } from "./pid-file.ts";

describe("pid files", () => {
  let folder: string;
  let child: ChildProcess;
  const file = () => join(folder, "sleeper.pid");

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "todo-pids-"));
    child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  });
  afterEach(async () => {
    child.kill("SIGKILL");
    await rm(folder, { recursive: true });
  });

  const pid = () => child.pid ?? 0;

  it("name a process that runs, with the signal that stops it", async () => {
    await writePidFile(file(), { name: "sleeper", pid: pid(), stopSignal: "SIGINT" });
    expect(await readRunning(file())).toMatchObject({ name: "sleeper", pid: pid(), stopSignal: "SIGINT" });
    expect(await runningIn(folder)).toHaveLength(1);
  });

  it("say nothing of a process that has ended", async () => {
    await writePidFile(file(), { name: "sleeper", pid: pid() });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    expect(await readRunning(file())).toBeUndefined();
  });

  it("never take a recycled pid for the process that had it before", async () => {
    const start = await startOf(pid());
    await writeFile(
      file(),
      JSON.stringify({ name: "sleeper", pid: pid(), start: `${start}0`, stopSignal: "SIGTERM" }),
    );
    expect(await readRunning(file())).toBeUndefined();
    expect(await runningIn(folder)).toEqual([]);
  });

  it.each(["", "{", "[]", '{"name":"x","pid":"1","start":"2"}', '{"pid":1}'])(
    "ignore what is no record: %s",
    async (text) => {
      await writeFile(file(), text);
      expect(await readRunning(file())).toBeUndefined();
    },
  );
});
