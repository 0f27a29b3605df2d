import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@todo/kit/log";
import { describe, expect, it, onTestFinished } from "vitest";
import { interleave } from "#src/load/rounds.ts";
import type { Bench } from "../bench.ts";
import { quickPlan } from "../plan.ts";
import { comparePeers } from "./compare-peers.ts";
import { contendersOf } from "./contenders.ts";
import { appFolder } from "./install.ts";
import { requireSameEffect } from "./same-effect.ts";
import type { Operation, Shown, Side, Subject } from "./side.ts";

const never = new AbortController().signal;

function benchWith(path: string): Bench {
  const log = createLogger({ service: "bench", level: "silent" });
  return { plan: quickPlan, environment: { PATH: path }, folder: path, log, signal: never };
}

/** A side in memory, of one user. `changed` spoils what it shows. */
function memorySide(name: string, changed: (shown: Shown) => Shown = (shown) => shown) {
  const tasks = new Map<string, Shown>();
  const asked: ({ operation: Operation } & Subject)[] = [];
  const add = (task: Omit<Shown, "id">) => {
    const id = `${name}-${tasks.size}`;
    tasks.set(id, { ...task, id });
    return id;
  };
  const answer = (operation: Operation, { id, title }: Subject): Shown[] => {
    if (operation === "list") return [...tasks.values()].filter(({ completed }) => !completed).slice(0, 50);
    const own = operation === "create" ? add(made) : id;
    const task = tasks.get(own) ?? { ...made, id: own };
    if (operation === "update") tasks.set(own, { ...task, title });
    if (operation === "complete") tasks.set(own, { ...task, status: 2, completed: true });
    return [tasks.get(own) ?? task];
  };
  const side: Side = {
    name,
    async ask(operation, _, subject) {
      asked.push({ operation, ...subject });
      const shown = answer(operation, subject);
      return () => shown.map(changed);
    },
    stock: {
      copy: async (_, count) => Array.from({ length: count }, () => add(made)),
      reopen: async () => undefined,
    },
    cpuMs: async () => 0,
  };
  return { side, asked };
}

const made = {
  title: "Send it",
  description: "",
  priority: 2,
  tags: ["work"],
  due: "2027-03-31",
  status: 1,
  completed: false,
};

describe("sides that are compared", () => {
  it("may show ids of their own, and nothing else", async () => {
    const one = memorySide("one").side;
    await requireSameEffect([one, memorySide("two").side], 0);
    const untagged = memorySide("untagged", (shown) => ({ ...shown, tags: [] })).side;
    await expect(requireSameEffect([one, untagged], 0)).rejects.toThrow("has not the same effect");
    const vague = memorySide("vague", (shown) => ({ ...shown, completed: false })).side;
    await expect(requireSameEffect([one, vague], 0)).rejects.toThrow("has not the same effect");
  });
});

describe("the contenders of an operation", () => {
  const load = { inFlight: 2, ms: 60_000, maxCalls: 6 };
  const rounds = { rounds: 2, load, warmUp: load };

  async function askedFor(operation: Operation) {
    const { side, asked } = memorySide("one");
    const turns = await contendersOf([side], { plan: rounds, tasksPerUser: 3 });
    asked.length = 0;
    await interleave(await turns(operation), rounds, never);
    return asked;
  }

  it("complete an open task with each call of a turn, and the same ones in the next", async () => {
    const ids = (await askedFor("complete")).map(({ id }) => id);
    expect(ids).toHaveLength(18);
    for (const turn of [0, 6, 12]) expect(new Set(ids.slice(turn, turn + 6)).size).toBe(6);
    expect(new Set(ids.slice(0, 6))).toEqual(new Set(ids.slice(6, 12)));
  });

  it("never give a task the title that it has", async () => {
    const asked = await askedFor("update");
    const titles = Map.groupBy(asked, ({ id }) => id);
    expect(titles.size).toBe(6);
    for (const own of titles.values()) expect(new Set(own.map(({ title }) => title)).size).toBe(own.length);
  });
});

describe("the peer", () => {
  it("is not measured on a machine without Python, which fails nothing", async () => {
    const [found] = await comparePeers(benchWith("/nowhere"));
    expect(found?.unmeasured).toBe("Python 3.11 or newer with pip is missing");
    expect(found?.figures).toEqual([]);
  });

  it("is not measured with an older Python", async () => {
    const folder = await mkdtemp(join(tmpdir(), "todo-bench-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, "python3"), "#!/bin/sh\necho 3.9\n", { mode: 0o755 });
    const [found] = await comparePeers(benchWith(folder));
    expect(found?.unmeasured).toBe("Python 3.11 or newer with pip is missing: python3 is 3.9");
  });

  it("is not measured if its packages cannot be had", async () => {
    const folder = await mkdtemp(join(tmpdir(), "todo-bench-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const python = `#!/bin/sh\ncase "$1" in -c) echo 3.99 ;; *) echo "no index at $0" >&2; exit 1 ;; esac\n`;
    await writeFile(join(folder, "python3"), python, { mode: 0o755 });
    const bench = benchWith(folder);
    const environment = { ...bench.environment, XDG_CACHE_HOME: join(folder, "cache") };
    const [found] = await comparePeers({ ...bench, environment });
    expect(found?.unmeasured).toBe("pip could not install its packages");
  });

  it("is installed in exact versions", async () => {
    const text = await readFile(join(appFolder, "requirements.txt"), "utf8");
    const named = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(named.length).toBeGreaterThan(10);
    for (const line of named) expect(line).toMatch(/^[a-z0-9-]+==\d+(\.\d+)+$/);
  });
});
