import { setTimeout as sleep } from "node:timers/promises";
import type { LocalSystem } from "@todo/local/local-system";
import { look, pageSize } from "@todo/local/process/usage/look";
import { sumOf, type Usage, usageOf } from "@todo/local/process/usage/processes";
import { startLocalSystem } from "@todo/local/system";
import { temporaryDataFolder } from "@todo/local/temporary-folder";
import { type Comparison, type Figure, type Line, notMeasured } from "#src/report/figure.ts";
import type { Bench } from "../bench.ts";

const title = "The whole system, idle";

/** What the system takes from a machine on which nobody uses it. */
export async function measureIdle(bench: Bench): Promise<Comparison> {
  const { restSeconds, seconds } = bench.plan.idle;
  const about = `Every process of \`npm start\` with its children, but not the launcher itself, with nobody calling: ${seconds} s, after
${restSeconds} s of rest. Memory is what is resident at the end; pages that processes share, as those of Postgres do, count
in each of them.`;
  if (process.platform !== "linux") {
    return notMeasured({ title, about, why: "it is read from /proc, which only Linux has" });
  }
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryDataFolder());
  const { environment, signal } = bench;
  const system = stack.use(await startLocalSystem({ dataDir: folder.path, environment, signal }));
  await sleep(restSeconds * 1_000, undefined, { signal });
  const used = await watch(system, bench);
  const total = sumOf([...used.values()]);
  const rows = [...used, ["all", total] as const].map(([name, usage]) => lineOf(name, usage, seconds));
  const heads = ["Processes", "RSS MiB", "Processor ms/s"];
  return { title, about, figures: figuresOf(total, seconds), lines: { heads, rows }, remarks: [] };
}

/** What each process of the system uses from now on; its memory at the end. */
async function watch(system: LocalSystem, { plan, environment, signal }: Bench): Promise<Map<string, Usage>> {
  const pageBytes = await pageSize(environment);
  const usages = async () => {
    const all = await look(pageBytes);
    return new Map([...system.processes].map(([name, { pid }]) => [name, usageOf(pid ?? 0, all)]));
  };
  const before = await usages();
  await sleep(plan.idle.seconds * 1_000, undefined, { signal });
  const after = await usages();
  return new Map(
    [...after].map(([name, usage]) => [
      name,
      { ...usage, cpuMs: usage.cpuMs - (before.get(name)?.cpuMs ?? 0) },
    ]),
  );
}

function figuresOf({ rssBytes, cpuMs }: Usage, seconds: number): Figure[] {
  return [
    {
      name: "Memory of the idle system",
      value: rssBytes / 2 ** 20,
      unit: "MiB",
      bound: { below: 2.5 * 1_024 },
      toReach: true,
    },
    {
      name: "Processor time of the idle system",
      value: cpuMs / seconds / 10,
      unit: "% of a core",
      bound: { below: 25 },
      toReach: true,
    },
  ];
}

function lineOf(name: string, { processes, rssBytes, cpuMs }: Usage, seconds: number): Line {
  return { name, cells: [`${processes}`, (rssBytes / 2 ** 20).toFixed(0), (cpuMs / seconds).toFixed(1)] };
}
