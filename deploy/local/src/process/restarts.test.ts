import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManagedProcess, type ProcessSpec } from "./managed-process.ts";
import { Restarts } from "./restarts.ts";

const patient = { timeout: 30_000 };

describe("a supervisor's restarts", { timeout: 60_000 }, () => {
  let folder: string;
  let lines: string[];
  let stack: AsyncDisposableStack;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "todo-restarts-"));
    lines = [];
    stack = new AsyncDisposableStack();
  });
  afterEach(async () => {
    await stack.disposeAsync();
    await rm(folder, { recursive: true });
  });

  const policy = { most: 3, withinMs: 60_000, pauseMs: 1, longestPauseMs: 4 };
  const supervised = (code: string, o: Partial<ProcessSpec> = {}) => {
    const gaveUp = Promise.withResolvers<string>();
    const restarts = new Restarts({ policy, report: (line) => lines.push(line), giveUp: gaveUp.resolve });
    const spec: ProcessSpec = {
      name: "app:x",
      command: process.execPath,
      args: ["-e", code],
      env: {},
      cwd: folder,
      probe: async () => void (await readFile(join(folder, "up"))),
      readyWithin: 20_000,
      stopWithin: 10_000,
      ...o,
    };
    const places = { logs: join(folder, "logs"), pids: join(folder, "run") };
    const made: ManagedProcess = new ManagedProcess(spec, {
      ...places,
      onDeath: (death) => restarts.died(made, death),
    });
    stack.use(made);
    stack.use(restarts);
    return { process: made, restarts, gaveUp: gaveUp.promise };
  };
  const runs = "fs.writeFileSync('up', ''); setInterval(() => {}, 1000)";

  it("start what was killed as another process, and say it in one line at its end and one when it works again", async () => {
    const { process } = supervised(runs);
    await process.start();
    const first = process.pid ?? 0;
    globalThis.process.kill(first, "SIGKILL");
    await expect.poll(() => lines, patient).toHaveLength(2);
    expect(lines[0]).toMatch(/^app:x ended \(SIGKILL\) - see .*; it is started again$/);
    expect(lines[1]).toMatch(/^app:x works again after \d+\.\d s$/);
    expect(process.running).toBe(true);
    expect(process.pid).not.toBe(first);
  });

  it("replace one that runs and does not do its work, even one that is frozen", async () => {
    const { process, restarts } = supervised(runs);
    await process.start();
    const first = process.pid;
    await process.kill("SIGSTOP");
    restarts.replace(process, "does not answer");
    restarts.replace(process, "does not answer");
    await expect.poll(() => lines, patient).toHaveLength(2);
    expect(lines[0]).toBe("app:x does not answer; it is started again");
    expect(process.pid).not.toBe(first);
  });

  it("end when a process does not stay up, with what it said last and how often it was tried", async () => {
    const { process, gaveUp } = supervised(`${runs}; setTimeout(() => { throw new Error("no luck") }, 300)`);
    await process.start();
    expect(await gaveUp).toMatch(
      /^app:x ended \(exit code 1\): Error: no luck - see .*; it was started again 3 times within 60 s$/,
    );
    expect(lines.filter((line) => line.includes("is started again"))).toHaveLength(3);
    expect(process.running).toBe(false);
  });

  it("count starts that fail, and starts that take too long", async () => {
    const { process, gaveUp } = supervised(runs, { readyWithin: 5_000 });
    await process.start();
    await rm(join(folder, "up"));
    const spoiled = "process.exit(1)";
    Object.assign(process.spec, { args: ["-e", spoiled], probe: () => Promise.reject(new Error("never")) });
    globalThis.process.kill(process.pid ?? 0, "SIGKILL");
    expect(await gaveUp).toContain("app:x ended (exit code 1)");
    // One line for the end, though it was tried three times.
    expect(lines).toHaveLength(1);

    const slow = supervised(runs, { name: "app:slow", readyWithin: 1_000 });
    await slow.process.start();
    Object.assign(slow.process.spec, { probe: () => Promise.reject(new Error("never")), readyWithin: 200 });
    globalThis.process.kill(slow.process.pid ?? 0, "SIGKILL");
    expect(await slow.gaveUp).toContain(
      "app:slow is not ready within 0.2 s: never; it was started again 3 times",
    );
    expect(slow.process.running).toBe(false);
  });

  it("leave nothing behind that would start later", async () => {
    const { process, restarts, gaveUp } = supervised(runs);
    await writeFile(join(folder, "up"), "");
    await process.start();
    Object.assign(process.spec, { probe: () => Promise.reject(new Error("never")) });
    globalThis.process.kill(process.pid ?? 0, "SIGKILL");
    await expect.poll(() => lines, patient).toHaveLength(1);
    await restarts[Symbol.asyncDispose]();
    await process.stop();
    expect(process.running).toBe(false);
    expect(await Promise.race([gaveUp, "nobody gave up"])).toBe("nobody gave up");
  });
});
