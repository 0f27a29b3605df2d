import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Supervisor } from "./supervisor.ts";

describe("the supervisor", { timeout: 60_000 }, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "todo-supervisor-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("stops what the apps stand on only after the last sidecar and app", async () => {
    const journal = join(folder, "journal");
    await appendFile(journal, "");
    await using supervisor = new Supervisor({
      logs: folder,
      pids: join(folder, "run"),
      onDeath: () => undefined,
    });
    for (const name of ["kafka", "app:task", "daprd:task", "postgres"]) {
      const slow = name.includes(":") ? 300 : 0;
      const end = `setTimeout(() => { fs.appendFileSync(${JSON.stringify(journal)}, "${name}\\n"); process.exit() }, ${slow})`;
      await supervisor
        .add({
          name,
          command: process.execPath,
          args: [
            "-e",
            `process.on("SIGTERM", () => { ${end} }); console.log("up"); setInterval(() => {}, 1000)`,
          ],
          env: {},
          cwd: folder,
          probe: async () => {
            const log = await readFile(join(folder, `${name.replace(":", "-")}.log`), "utf8");
            if (!log.includes("up")) throw new Error("not up yet");
          },
          readyWithin: 20_000,
          stopWithin: 10_000,
        })
        .start();
    }
    await supervisor.stop();
    const order = (await readFile(journal, "utf8")).trim().split("\n");
    expect(order.slice(0, 2).sort()).toEqual(["app:task", "daprd:task"]);
    expect(order.slice(2).sort()).toEqual(["kafka", "postgres"]);
  });
});
