import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cached, cacheFolder, contentKey } from "./cache.ts";

describe("the cache", { timeout: 60_000 }, () => {
  let cache: string;
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "todo-cache-"));
  });
  afterEach(() => rm(cache, { recursive: true }));

  it("makes an entry once, however many ask for it at the same time", async () => {
    let made = 0;
    const entry = {
      name: "tool",
      parts: ["1"],
      make: async (folder: string) => {
        made++;
        await writeFile(join(folder, "tool"), "content");
      },
    };
    const folders = await Promise.all([cached(cache, entry), cached(cache, entry), cached(cache, entry)]);
    expect(made).toBe(1);
    expect(new Set(folders).size).toBe(1);
    expect(await readFile(join(folders[0] ?? "", "tool"), "utf8")).toBe("content");
    expect(await readdir(cache)).toHaveLength(1);
  });

  it("makes another entry for other content", async () => {
    const make = () => Promise.resolve();
    const first = await cached(cache, { name: "tool", parts: ["a", "bc"], make });
    expect(await cached(cache, { name: "tool", parts: ["ab", "c"], make })).not.toBe(first);
  });

  it("keeps nothing of an entry that could not be made whole", async () => {
    const make = async (folder: string) => {
      await writeFile(join(folder, "half"), "");
      throw new Error("the network is gone");
    };
    await expect(cached(cache, { name: "tool", parts: [], make })).rejects.toThrow("the network is gone");
    expect(await readdir(cache)).toEqual([]);
  });

  it("does not wait for a holder of the lock that is gone", async () => {
    const key = contentKey([process.platform, process.arch]);
    const dead = { name: "lock", pid: process.pid, start: "1", stopSignal: "SIGTERM" };
    await writeFile(join(cache, `tool-${key}.lock`), JSON.stringify(dead));
    await cached(cache, { name: "tool", parts: [], make: () => Promise.resolve() });
    expect(await readdir(cache)).toEqual([`tool-${key}`]);
  });

  it("lies where the user's caches lie", () => {
    expect(cacheFolder({ XDG_CACHE_HOME: "/var/cache/me" })).toBe("/var/cache/me/todo");
    expect(cacheFolder({})).toMatch(/\/\.cache\/todo$/);
  });
});
