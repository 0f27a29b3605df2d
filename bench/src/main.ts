/**
 * `npm run bench [-- --quick] [-- --write] [-- --only <part>]`: the figures that have to hold, and those to reach.
 * `--quick` takes less time for rougher ones, `--write` keeps them in docs/benchmarks.md, `--only` measures one part and
 * may be given again. Exit code 1 if one does not hold.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createLogger } from "@todo/kit/log";
import { listenForStop } from "@todo/local/cli/signals";
import { messageOf } from "@todo/local/process/wait";
import { repository } from "@todo/local/repository";
import { temporaryDataFolder } from "@todo/local/temporary-folder";
import { partsNamed, runBench } from "./bench.ts";
import { fullPlan, quickPlan } from "./plan.ts";
import { fails } from "./report/figure.ts";
import { disquiet, machine } from "./report/machine.ts";
import { page } from "./report/page.ts";
import { tables } from "./report/tables.ts";

async function run(): Promise<boolean> {
  const { quick, write, only } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
    },
  }).values;
  if (write && only.length > 0) throw new Error("docs/benchmarks.md holds all parts: no --write with --only");
  const parts = partsNamed(only);
  const before = machine();
  const stop = listenForStop(() => process.exit(130));
  await using folder = await temporaryDataFolder();
  const comparisons = await runBench(
    {
      plan: quick ? quickPlan : fullPlan,
      // On Postgres and Kafka of its own, always.
      environment: { ...process.env, DATABASE_URL: undefined, KAFKA_BOOTSTRAP_SERVERS: undefined },
      folder: folder.path,
      log: createLogger({ service: "bench", level: "warn" }),
      signal: stop.signal,
    },
    { parts, report: console.log },
  );
  for (const line of [...tables(comparisons), disquiet(before) ?? ""]) console.log(line);
  const run = { quick, date: new Date(), machine: before };
  if (write) await writeFile(join(repository, "docs/benchmarks.md"), page(comparisons, run));
  return !comparisons.some(({ figures }) => figures.some(fails));
}

try {
  process.exitCode = (await run()) ? 0 : 1;
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
// Whatever still holds the event loop has no more to say.
process.exit();
