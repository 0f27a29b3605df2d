import { timingSafeEqual } from "node:crypto";
import type { DescMethod } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { domainError, ErrorReason } from "../errors.ts";
import { headerOf } from "./call.ts";

/** The metadata in which sidecars carry their tokens, to the app and from it. */
export const tokenHeader = "dapr-api-token";

const callback = "dapr.proto.runtime.v1.AppCallback";
/** What a sidecar calls without its token, and what tells nothing worth a token. */
const openServices = new Set([
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
  `${callback}HealthCheck`,
]);
const openMethods = new Set([`${callback}/ListTopicSubscriptions`, `${callback}/ListInputBindings`]);

/** Refuses every call that does not come from the own sidecar. Throws if the expected token is empty. */
export function appToken(expected: string): Interceptor {
  if (expected === "") throw new Error("the app token is empty");
  const wanted = Buffer.from(expected);
  return (next) => (request) => {
    if (!isOpen(request.method)) check(headerOf(request, tokenHeader), wanted);
    return next(request);
  };
}

function isOpen(method: DescMethod): boolean {
  return (
    openServices.has(method.parent.typeName) || openMethods.has(`${method.parent.typeName}/${method.name}`)
  );
}

function check(given: string | null, wanted: Buffer): void {
  if (given === null) throw domainError(ErrorReason.CREDENTIALS_MISSING, "the sidecar's token is missing");
  const bytes = Buffer.from(given);
  if (bytes.length !== wanted.length || !timingSafeEqual(bytes, wanted)) {
    throw domainError(ErrorReason.CREDENTIALS_INVALID, "the sidecar's token is not valid");
  }
}
