/**
 * `npm run doctor`: looks at the running system and says what is wrong and what to do. `-- --json` for programs,
 * `-- --data <folder>` for a system on another data folder. Ends with 1 if there is a fault.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { processes } from "../doctor/checks/processes.ts";
import { examine, type Named } from "../doctor/examine.ts";
import { reach } from "../doctor/reach.ts";
import { messageOf } from "../process/wait.ts";
import { repository } from "../repository.ts";

const began = performance.now();
const signs = { ok: "ok     ", warning: "warning", fault: "FAULT  " } as const;

function print({ level, check, what, cure }: Named): void {
  console.log(`${signs[level]}  ${check.padEnd(13)} ${what}${cure === undefined ? "" : `: ${cure}`}`);
}

async function run(): Promise<number> {
  const { values } = parseArgs({ options: { json: { type: "boolean" }, data: { type: "string" } } });
  const show = values.json ? () => undefined : print;
  await using system = await reach(values.data ?? join(repository, ".data"));
  const stopped = (await processes.look(system)).some(({ what }) => what.startsWith("no system"));
  const found = await examine(system, show, stopped ? [processes] : undefined);
  const count = (level: Named["level"]) => found.filter((one) => one.level === level).length;
  const [faults, warnings] = [count("fault"), count("warning")];
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  if (values.json)
    console.log(JSON.stringify({ ok: faults === 0, faults, warnings, findings: found }, null, 2));
  else console.log(`${faults} faults, ${warnings} warnings, ${count("ok")} ok after ${seconds} s`);
  return faults > 0 ? 1 : 0;
}

try {
  process.exitCode = await run();
} catch (error) {
  const absent = error instanceof Error && "code" in error && error.code === "ENOENT";
  console.error(absent ? "There is no system to look at: npm start makes one" : messageOf(error));
  process.exitCode = 1;
}
// Whatever still holds the event loop has no more to say.
process.exit();
