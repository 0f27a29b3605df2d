import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManagedProcess } from "./managed-process.ts";
import { watchServing } from "./watch-serving.ts";

const patience = { everyMs: 5, timeoutMs: 50, looks: 3, forMs: 20 };

describe("a watch over processes that run", { timeout: 60_000 }, () => {
  let folder: string;
  let process: ManagedProcess;
  let serves: (signal: AbortSignal) => Promise<void>;
  let looks: number;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "todo-serving-"));
    looks = 0;
    serves = async () => undefined;
    process = new ManagedProcess(
      {
        name: "daprd:x",
        command: globalThis.process.execPath,
        args: ["-e", "setInterval(() => {}, 1000)"],
        env: {},
        cwd: folder,
        probe: async () => undefined,
        serves: (signal) => {
          looks += 1;
          return serves(signal);
        },
        readyWithin: 20_000,
        stopWithin: 10_000,
      },
      { logs: folder, pids: join(folder, "run"), onDeath: () => undefined },
    );
    await process.start();
  });
  afterEach(async () => {
    await process.kill();
    await rm(folder, { recursive: true });
  });

  const watched = (o: { under?: boolean } = {}) => {
    const replaced: string[] = [];
    const replace = (_: ManagedProcess, why: string) => void replaced.push(why);
    const restarts = { isUnder: () => o.under === true, replace };
    return { replaced, watch: watchServing({ processes: () => [process], restarts, patience }) };
  };
  const someLooks = () => {
    const from = looks;
    return expect.poll(() => looks - from, { timeout: 20_000 }).toBeGreaterThan(10);
  };

  it("replaces one that fails several looks in a row, and says why", async () => {
    serves = () => Promise.reject(new Error("UNAVAILABLE"));
    const { replaced, watch } = watched();
    using _ = watch;
    await expect.poll(() => replaced[0], { timeout: 20_000 }).toBe("does not serve: UNAVAILABLE");
    expect(looks).toBeGreaterThanOrEqual(patience.looks);
  });

  it("replaces one that never answers, though the look does not heed its signal", async () => {
    serves = () => new Promise(() => undefined);
    const { replaced, watch } = watched();
    using _ = watch;
    await expect.poll(() => replaced[0], { timeout: 20_000 }).toBe("does not serve: no answer within 0.05 s");
  });

  it("lets one be that serves again before its patience ends", async () => {
    serves = () => (looks % patience.looks === 0 ? Promise.resolve() : Promise.reject(new Error("busy")));
    const { replaced, watch } = watched();
    using _ = watch;
    await someLooks();
    expect(replaced).toEqual([]);
  });

  it("does not look at one that is being started again, nor at one that was ended", async () => {
    using _ = watched({ under: true }).watch;
    const { watch } = watched();
    await process.kill();
    using __ = watch;
    const from = looks;
    await new Promise((resolve) => setTimeout(resolve, 20 * patience.everyMs));
    expect(looks).toBe(from);
  });
});
