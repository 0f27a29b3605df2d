import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogFile, logBoundsIn } from "./log-file.ts";
import { ManagedProcess } from "./managed-process.ts";

describe("a log", { timeout: 60_000 }, () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "todo-log-"));
    file = join(folder, "app-x.log");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const text = async (names: string[]) =>
    (await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")))).join("");

  it("makes room while it is written, keeps as many files as asked for, and cuts no line", async () => {
    using log = new LogFile(file, { bytes: 100, older: 2 });
    for (let n = 0; n < 60; n++) log.write(Buffer.from(`line ${String(n).padStart(4, "0")}\n`));
    expect((await readdir(folder)).sort()).toEqual(["app-x.log", "app-x.log.1", "app-x.log.2"]);
    const lines = (await text(["app-x.log.2", "app-x.log.1", "app-x.log"])).trimEnd().split("\n");
    const from = 60 - lines.length;
    expect(lines).toEqual(lines.map((_, n) => `line ${String(from + n).padStart(4, "0")}`));
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).size).toBeLessThan(120);
  });

  it("goes on behind what an earlier process wrote", async () => {
    await writeFile(file, "earlier\n");
    using log = new LogFile(file);
    log.write(Buffer.from("later\n"));
    expect(await readFile(file, "utf8")).toBe("earlier\nlater\n");
  });

  it("loses no line of a process that writes as fast as it can, on both of its streams", async () => {
    const count = 100_000;
    const code = `const { writeSync } = require("node:fs");
      for (let n = 0; n < ${count}; n++) writeSync(1 + (n % 2), "line " + n + "\\n");`;
    const made = new ManagedProcess(
      {
        ...{ name: "app:x", command: process.execPath, args: ["-e", code], env: {}, cwd: folder },
        ...{ probe: () => Promise.reject(new Error("never")), readyWithin: 50_000, stopWithin: 1_000 },
      },
      {
        ...{ logs: folder, pids: join(folder, "run"), onDeath: () => undefined },
        logBounds: { bytes: 64_000, older: 100 },
      },
    );
    await expect(made.start()).rejects.toThrow("app:x ended (exit code 0)");
    const names = (await readdir(folder)).filter((name) => name.startsWith("app-x.log"));
    expect(names.length).toBeGreaterThan(10);
    const numbers = (await text(names))
      .trimEnd()
      .split("\n")
      .map((line) => Number(/^line (\d+)$/.exec(line)?.[1]));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n));
  });

  it("drops what a full disk does not take, says so when it takes it again, and never fails whoever writes", async () => {
    await mkdir(file);
    using log = new LogFile(file);
    log.write(Buffer.from("lost\n"));
    log.write(Buffer.from("lost\n"));
    await rm(file, { recursive: true });
    log.write(Buffer.from("later\n"));
    const said = "\n10 bytes of log were dropped: the disk took nothing more\n";
    expect(await readFile(file, "utf8")).toBe(`${said}later\n`);
  });

  it("has bounds that can be set, within reason", () => {
    expect(logBoundsIn({ LOG_FILE_BYTES: "5000", LOG_FILES_KEPT: "9" })).toEqual({ bytes: 5_000, older: 9 });
    expect(logBoundsIn({ LOG_FILE_BYTES: "" })).toEqual({ bytes: 16_777_216, older: 3 });
    expect(() => logBoundsIn({ LOG_FILES_KEPT: "none" })).toThrow("LOG_FILES_KEPT is none");
    expect(() => logBoundsIn({ LOG_FILE_BYTES: "1" })).toThrow("from 4096 on");
  });
});
