/**
 * Generates `gen/` from the contracts. Contracts of others are taken from npm packages for the time of the generation
 * and never committed; NOTICE names them. With `--check` nothing is kept: the run fails if `gen/` is not what the
 * contracts say.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { argv, execPath, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { printProto } from "./print-proto.ts";

const root = dirname(fileURLToPath(import.meta.url));
const thirdParty = join(root, "third_party");
const require = createRequire(import.meta.url);

/** Where each file of somebody else's comes from: our path → package and path inside it. */
const sources: Record<string, [name: string, path: string]> = {
  "dapr/proto/runtime/v1/appcallback.proto": ["@dapr/dapr", "proto/dapr/proto/runtime/v1/appcallback.proto"],
  "dapr/proto/common/v1/common.proto": ["@dapr/dapr", "proto/dapr/proto/common/v1/common.proto"],
  "google/rpc/status.proto": ["google-proto-files", "google/rpc/status.proto"],
  "google/rpc/error_details.proto": ["google-proto-files", "google/rpc/error_details.proto"],
  "grpc/health/v1/health.proto": ["grpc-health-check", "proto/health/v1/health.proto"],
  "grpc/reflection/v1/reflection.proto": [
    "@grpc/reflection",
    "build/proto/grpc/reflection/v1/reflection.proto",
  ],
  "grpc/reflection/v1alpha/reflection.proto": [
    "@grpc/reflection",
    "build/proto/grpc/reflection/v1alpha/reflection.proto",
  ],
};

function fetchThirdParty(): void {
  rmSync(thirdParty, { recursive: true, force: true });
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(thirdParty, path)), { recursive: true });
    writeFileSync(join(thirdParty, path), text);
  };
  for (const [path, [name, inside]] of Object.entries(sources)) {
    put(path, readFileSync(join(packageFolder(name), inside), "utf8"));
  }
  put("buf/validate/validate.proto", printProto(file_buf_validate_validate));
}

/** The folder of an installed package, also of one whose `exports` hide its package.json. */
function packageFolder(name: string): string {
  const found = (require.resolve.paths(name) ?? [])
    .map((path) => join(path, name))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`package ${name} is not installed`);
  return found;
}

function buf(...args: string[]): void {
  const bin = join(packageFolder("@bufbuild/buf"), "bin/buf");
  const path = `${join(root, "../node_modules/.bin")}:${dirname(execPath)}:${process.env["PATH"]}`;
  execFileSync(execPath, [bin, ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: path },
  });
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function difference(a: string, b: string): string[] {
  const [left, right] = [files(a), files(b)];
  const missing = [
    ...left.filter((file) => !right.includes(file)),
    ...right.filter((file) => !left.includes(file)),
  ];
  const changed = left.filter(
    (file) =>
      right.includes(file) && readFileSync(join(a, file), "utf8") !== readFileSync(join(b, file), "utf8"),
  );
  return [...missing, ...changed];
}

function check(): void {
  const before = mkdtempSync(join(tmpdir(), "todo-gen-"));
  cpSync(join(root, "gen"), before, { recursive: true });
  try {
    buf("generate");
    const stale = difference(before, join(root, "gen"));
    if (stale.length === 0) return;
    console.error(`proto/gen is not what the contracts say; run npm run generate:\n  ${stale.join("\n  ")}`);
    exit(1);
  } finally {
    rmSync(join(root, "gen"), { recursive: true });
    cpSync(before, join(root, "gen"), { recursive: true });
    rmSync(before, { recursive: true });
  }
}

fetchThirdParty();
buf(
  "format",
  "--path",
  "todo",
  argv.includes("--check") ? "--diff" : "-w",
  ...(argv.includes("--check") ? ["--exit-code"] : []),
);
buf("lint");
if (argv.includes("--check")) check();
else buf("generate");
