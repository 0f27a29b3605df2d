/** Writes deploy/dapr and deploy/kafka from the contracts and the event catalogue; with `--check` it compares instead. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { argv, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { kafkaFiles } from "./dapr/acls.ts";
import { daprFiles } from "./dapr/files.ts";

const deploy = join(dirname(fileURLToPath(import.meta.url)), "../../deploy");
const folders = { dapr: daprFiles(), kafka: kafkaFiles() };
const stale = Object.entries(folders).flatMap(([name, wanted]) => bring(join(deploy, name), wanted));
if (argv.includes("--check") && stale.length > 0) {
  console.error(`deploy is stale; run npm run generate: ${stale.join(", ")}`);
  exit(1);
}

/** The files of a folder that are not what is wanted. Unless they are only compared, they are put right. */
function bring(folder: string, wanted: Readonly<Record<string, string>>): string[] {
  mkdirSync(folder, { recursive: true });
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".yaml"))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const surplus = found.filter((file) => wanted[file] === undefined);
  const stale = Object.keys(wanted).filter(
    (file) => !found.includes(file) || readFileSync(join(folder, file), "utf8") !== wanted[file],
  );
  if (!argv.includes("--check")) {
    for (const file of surplus) rmSync(join(folder, file));
    for (const file of stale) write(join(folder, file), wanted[file] ?? "");
  }
  return [...stale, ...surplus].map((file) => relative(deploy, join(folder, file)));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
