/** Writes deploy/dapr from the contracts and the event catalogue; with `--check` it compares instead. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { argv, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { daprFiles } from "./dapr/files.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../deploy/dapr");
const wanted = daprFiles();
const found = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".yaml"))
  .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

const surplus = found.filter((file) => wanted[file] === undefined);
const stale = Object.keys(wanted).filter((file) => !found.includes(file) || read(file) !== wanted[file]);

if (argv.includes("--check")) {
  if (stale.length + surplus.length > 0) {
    console.error(`deploy/dapr is stale; run npm run generate: ${[...stale, ...surplus].join(", ")}`);
    exit(1);
  }
} else {
  for (const file of surplus) rmSync(join(folder, file));
  for (const file of stale) write(file, wanted[file] ?? "");
}

function read(file: string): string {
  return readFileSync(join(folder, file), "utf8");
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}
