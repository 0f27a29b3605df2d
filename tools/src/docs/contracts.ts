import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { execPath } from "node:process";
import { createFileRegistry, type DescFile, type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** The contracts as the compiler sees them, with their comments. Generated code has none. */
export interface Contracts {
  readonly registry: FileRegistry;
  /** The comment above the element at a descriptor path (descriptor.proto, SourceCodeInfo.Location.path). */
  comment(file: DescFile, path: readonly number[]): string;
}

/** Compiles the contracts. Third-party ones must have been fetched by `proto/generate.ts` before. */
export function readContracts(root: string): Contracts {
  const bin = join(
    dirname(createRequire(join(root, "package.json")).resolve("@bufbuild/buf/package.json")),
    "bin/buf",
  );
  const image = execFileSync(execPath, [bin, "build", "--output", "-"], {
    cwd: join(root, "proto"),
    maxBuffer: 64 * 1024 * 1024,
  });
  return {
    registry: createFileRegistry(fromBinary(FileDescriptorSetSchema, image)),
    comment: (file, path) => commentAt(file.proto, path),
  };
}

function commentAt(file: FileDescriptorProto, path: readonly number[]): string {
  const found = file.sourceCodeInfo?.location.find(
    (location) => location.path.length === path.length && location.path.every((step, i) => step === path[i]),
  );
  return (found?.leadingComments ?? "")
    .split("\n")
    .map((line) => line.trim())
    .join("\n")
    .trim();
}

/** The first paragraph of a comment as one line. */
export function summary(comment: string): string {
  return (comment.split("\n\n")[0] ?? "").replaceAll("\n", " ");
}
