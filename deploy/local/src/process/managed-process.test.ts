import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Death, ManagedProcess, ProcessDiedError, type ProcessSpec } from "./managed-process.ts";

const runs = "console.log('up'); setInterval(() => {}, 1000)";

describe("a managed process", { timeout: 60_000 }, () => {
  let folder: string;
  let deaths: Death[];
  const started: ManagedProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "todo-process-"));
    deaths = [];
  });
  afterEach(async () => {
    for (const process of started.splice(0)) await process.kill("SIGKILL");
    await rm(folder, { recursive: true });
  });

  const pids = () => join(folder, "run");
  const managed = (code: string, o: Partial<ProcessSpec> = {}) => {
    const logFile = () => readFile(join(folder, "logs", "app-x.log"), "utf8");
    const spec: ProcessSpec = {
      name: "app:x",
      command: process.execPath,
      args: ["-e", code],
      env: {},
      cwd: folder,
      probe: async () => {
        if (!(await logFile()).includes("up")) throw new Error("not up yet");
      },
      readyWithin: 20_000,
      stopWithin: 10_000,
      ...o,
    };
    const made = new ManagedProcess(spec, {
      logs: join(folder, "logs"),
      pids: pids(),
      onDeath: (d) => deaths.push(d),
    });
    started.push(made);
    return made;
  };

  it("is ready when its probe says so, and has a pid file as long as it runs", async () => {
    const process = managed(runs);
    await process.start();
    expect(process.running).toBe(true);
    expect(await readdir(pids())).toEqual(["app-x.pid"]);
    await process.stop();
    expect(process.running).toBe(false);
    expect(await readdir(pids())).toEqual([]);
    expect(deaths).toEqual([]);
  });

  it("says what it said last when it dies before it is ready", async () => {
    const process = managed("console.error('the disk is full'); process.exit(3)", {
      probe: () => Promise.reject(new Error("never")),
    });
    const error = await process.start().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProcessDiedError);
    expect((error as Error).message).toMatch(
      /^app:x ended \(exit code 3\): the disk is full - see .*app-x\.log$/,
    );
  });

  it("says so also when it dies before anything is written down about it", async () => {
    const dies = ["-c", "echo 'the disk is full' >&2; exit 3"];
    const starts = Array.from({ length: 10 }, (_, n) =>
      managed("", { name: `app:${n}`, command: "/bin/sh", args: dies }).start(),
    );
    for (const start of await Promise.allSettled(starts)) {
      const said = expect.stringMatching(/^app:\d ended \(exit code 3\): the disk is full /);
      expect(start).toMatchObject({ reason: { message: said } });
    }
  });

  it("says so when its program is missing", async () => {
    const process = managed("", { command: join(folder, "no-such-program") });
    await expect(process.start()).rejects.toThrow(/app:x ended .*ENOENT/);
  });

  it("gives up a start that takes too long", async () => {
    const process = managed("setInterval(() => {}, 1000)", { readyWithin: 300 });
    await expect(process.start()).rejects.toThrow("app:x is not ready within 0.3 s");
  });

  it("reports an end that nobody asked for", async () => {
    const process = managed(runs);
    await process.start();
    const exited = process.exited();
    globalThis.process.kill(process.pid ?? 0, "SIGKILL");
    expect(await exited).toMatchObject({ name: "app:x", signal: "SIGKILL" });
    expect(deaths).toHaveLength(1);
  });

  it("is killed without a report, and starts again as another process", async () => {
    const process = managed(runs);
    await process.start();
    const first = process.pid;
    await process.kill("SIGKILL");
    expect(process.running).toBe(false);
    await process.start();
    expect(process.pid).not.toBe(first);
    expect(deaths).toEqual([]);
  });

  it("is ended by force when it does not end by itself", async () => {
    const process = managed(`process.on("SIGTERM", () => {}); ${runs}`, { stopWithin: 300 });
    await process.start();
    await process.stop();
    expect(process.running).toBe(false);
  });

  it("hears one wish to stop only once: daprd takes a second for an order to drop everything", async () => {
    const counts =
      "let n = 0; process.on('SIGTERM', () => { n++; setTimeout(() => { console.log('heard', n); process.exit() }, 200) });";
    const process = managed(`${counts} ${runs}`);
    await process.start();
    process.askToStop();
    await process.stop();
    expect(await readFile(process.logFile, "utf8")).toContain("heard 1");
  });

  it("tries a start again where that is asked for, and takes only the last one for a death", async () => {
    const once = "const f = 'tried'; if (!fs.existsSync(f)) { fs.writeFileSync(f, ''); process.exit(1) }";
    const process = managed(`${once} ${runs}`, { startAttempts: 3 });
    await process.start();
    expect(process.running).toBe(true);
    expect(deaths).toEqual([]);
    const probe = () => Promise.reject(new Error("not up yet"));
    const hopeless = managed("process.exit(1)", { startAttempts: 2, probe });
    await expect(hopeless.start()).rejects.toThrow(ProcessDiedError);
    expect(deaths).toHaveLength(1);
  });

  it("tells of a death after it was tried again", async () => {
    const process = managed(runs, { startAttempts: 3 });
    await process.start();
    const exited = process.exited();
    globalThis.process.kill(process.pid ?? 0, "SIGKILL");
    await exited;
    expect(deaths).toHaveLength(1);
  });
});
