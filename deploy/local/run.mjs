/**
 * `node deploy/local/run.mjs <command> [arguments]`: the entry behind every npm script. It needs Node 20 and nothing
 * else: it looks for what is missing on the machine, installs the packages, and goes on with the Node among them.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "./install.mjs";
import { missing } from "./prerequisites.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const [command = "", ...args] = process.argv.slice(2);

function fail(...lines) {
  for (const line of lines) console.error(line);
  process.exit(1);
}

/** Node 24, which runs TypeScript as it is: of the packages, or the one that runs this if it is new enough. */
function newNode() {
  const installed = join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  if (existsSync(installed)) return installed;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 24 || (major === 24 && minor >= 12)) return process.execPath;
  return fail(
    `There is no package of Node 24 for ${process.platform}-${process.arch}: run this with Node 24.12 or newer`,
  );
}

const file = join(here, "src", "cli", `${command}.ts`);
if (!/^[a-z]+$/.test(command) || !existsSync(file)) fail(`There is no command "${command}"`);
const absent = missing(command, process.env);
if (absent.length > 0) fail(...absent);
// Standard output belongs to the command.
const trouble = install(root, console.error);
if (trouble !== undefined) fail(trouble);

// kafkajs computes some waits below zero, about which newer versions of Node warn.
const child = spawn(newNode(), ["--disable-warning=TimeoutNegativeWarning", file, ...args], {
  cwd: root,
  // The channel tells the child when this process is gone, however it went.
  stdio: ["inherit", "inherit", "inherit", "ipc"],
});
// The child decides what a signal means; a Ctrl-C in a terminal reaches it twice, which it knows.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.once("error", (error) => fail(error.message));
child.once("exit", (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
