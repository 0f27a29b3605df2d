/**
 * `npm start`: the whole system, until Ctrl-C. What dies is started again; with `--fail-fast` it ends everything.
 * `npm start -- --check`: the same beside it for once, with a smoke journey.
 */
import { join } from "node:path";
import { check } from "../check/check.ts";
import { dataFolder } from "../data-folder.ts";
import { demoLogin } from "../demo/login.ts";
import { welcome } from "../demo/welcome.ts";
import { killRecorded } from "../process/leftovers.ts";
import { describeDeath } from "../process/managed-process.ts";
import { messageOf } from "../process/wait.ts";
import { repository } from "../repository.ts";
import { startLocalSystem } from "../system.ts";
import { listenForStop, type StopWish } from "./signals.ts";

/** By convention the code of a program that a Ctrl-C ended. */
const interrupted = 130;

const root = join(repository, ".data");
const began = performance.now();
const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
const report = (line: string) => console.log(`${seconds().padStart(7)}  ${line}`);

async function start(stop: StopWish, o: { failFast: boolean }): Promise<number> {
  const failed = Promise.withResolvers<string>();
  await using system = await startLocalSystem({
    dataDir: root,
    environment: process.env,
    gatewayPort: portFrom(process.env["PORT"]),
    report,
    onDeath: (death) => failed.resolve(describeDeath(death)),
    signal: stop.signal,
  });
  if (!o.failFast) system.supervise({ report, giveUp: failed.resolve });
  const login = await demoLogin(system.gatewayUrl, system.folder.demo);
  report(`Ready after ${seconds()}`);
  console.log(welcome(system.gatewayUrl, login));
  const failure = await Promise.race([failed.promise, stop.wished]);
  if (failure === undefined) {
    report("Stopping; once more Ctrl-C ends everything at once");
    return 0;
  }
  console.error(failure);
  return 1;
}

function portFrom(text: string | undefined): number {
  const port = text === undefined || text === "" ? 8080 : Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`PORT is ${text}, which is no port`);
}

/** Stops gracefully when asked once, and at once when asked again, wherever the start has got to. */
function listen(folder: string): StopWish {
  return listenForStop(
    () => void killRecorded(dataFolder(folder).pids).finally(() => process.exit(interrupted)),
  );
}

/** Gives the exit code. One who was interrupted needs no error message. */
async function run(args: readonly string[]): Promise<number> {
  const unknown = args.filter((argument) => !["--check", "--fail-fast"].includes(argument));
  if (unknown.length > 0) throw new Error(`npm start does not know ${unknown.join(" ")}`);
  if (args.includes("--check")) return check({ environment: process.env, report, listen });
  const stop = listen(root);
  return start(stop, { failFast: args.includes("--fail-fast") }).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
    report("Stopped before it was ready");
    return interrupted;
  });
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
// Whatever still holds the event loop has no more to say.
process.exit();
