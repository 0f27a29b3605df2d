import { createRegistry, type DescFile, fromBinary } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { services } from "@todo/kit/services";
import { file_google_rpc_error_details } from "@todo/proto/google/rpc/error_details";

type Detail = ConnectError["details"][number];

/** What may stand beside an error for callers to read. Everything else of an upstream error stays inside. */
const publicTypes = new Set([
  "google.rpc.ErrorInfo",
  "google.rpc.RetryInfo",
  "google.rpc.BadRequest",
  "google.rpc.PreconditionFailure",
  "buf.validate.Violations",
]);

const registry = createRegistry(
  ...withDependencies([file_google_rpc_error_details, ...services.map(({ file }) => file)]),
);

/**
 * The details of an upstream error that its caller may see, as messages: what comes as bytes would go on as bytes, and
 * who reads JSON would find base64.
 */
export function publicDetails(details: readonly Detail[]): Detail[] {
  return details.filter(isPublic).map((detail) => {
    if ("desc" in detail) return detail;
    const desc = registry.getMessage(detail.type);
    if (desc === undefined) return detail;
    try {
      return { desc, value: fromBinary(desc, detail.value) as never };
    } catch {
      return detail;
    }
  });
}

function isPublic(detail: Detail): boolean {
  const type = "desc" in detail ? detail.desc.typeName : detail.type;
  return publicTypes.has(type) || type.startsWith("todo.");
}

function withDependencies(files: readonly DescFile[]): DescFile[] {
  const all = new Set<DescFile>();
  const add = (file: DescFile) => {
    if (all.has(file)) return;
    all.add(file);
    file.dependencies.forEach(add);
  };
  files.forEach(add);
  return [...all];
}
