import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { packageFolder } from "./buf.ts";
import { printProto } from "./print-proto.ts";

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

/** Puts the contracts of others into a folder, anew. They are needed to compile ours and are never committed. */
export function fetchThirdParty(thirdParty: string): void {
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
