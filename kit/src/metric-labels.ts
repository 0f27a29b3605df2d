import { Code } from "@connectrpc/connect";
import { AppCallback, AppCallbackHealthCheck } from "@todo/proto/dapr/proto/runtime/v1/appcallback";
import { Health } from "@todo/proto/grpc/health/v1/health";
import { ServerReflection } from "@todo/proto/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@todo/proto/grpc/reflection/v1alpha/reflection";
import { ErrorReasonSchema } from "@todo/proto/todo/error/v1/error_reason";
import { codeName } from "./errors.ts";
import { eventRegistry, subscriptionsOf, topics } from "./event-catalogue.ts";
import { type AppId, appIds, services as catalogued } from "./services.ts";

/** A label's values: few, and known before anything runs. */
export interface Label<V extends string = string> {
  /** The values in words. */
  readonly what: string;
  readonly values: readonly V[];
}

/** A label whose values stand right there. */
export function oneOf<const V extends string>(...values: V[]): Label<V> {
  return { what: values.map((value) => `\`${value}\``).join(", "), values };
}

const everywhere = [Health, ServerReflection, ServerReflectionAlpha];
const served = [...catalogued, AppCallback, AppCallbackHealthCheck, ...everywhere];
const pathsOf = new Set(
  [...catalogued, ...everywhere].flatMap((one) => one.methods.map(({ name }) => `${one.typeName}/${name}`)),
);

export const app: Label<AppId> = { what: "the apps", values: appIds };
/** Where several services run in one process, each speaks for its own schema. */
export const schema: Label<AppId> = {
  what: "the schemas, named after their apps",
  values: appIds.filter((id) => id !== "gateway"),
};
export const topic: Label = { what: "the topics", values: topics.map(({ name }) => name) };
export const consumedTopic: Label = {
  what: "the topics that are consumed, dead letter topics too, and `other`",
  values: [...new Set(appIds.flatMap(subscriptionsOf)), "other"],
};
export const eventType: Label = {
  what: "the types of events",
  values: [...eventRegistry].map(({ typeName }) => typeName),
};
export const service: Label = {
  what: "the services of the contracts, the sidecar's callback, health and reflection",
  values: [...new Set(served.map(({ typeName }) => typeName))],
};
export const method: Label = {
  what: "their methods",
  values: [...new Set(served.flatMap(({ methods }) => methods.map(({ name }) => name)))],
};
/** What services do by themselves, again and again. */
export const job = oneOf(
  "expire-idempotency-keys",
  "expire-feed",
  "expire-tag-images",
  "empty-trash",
  "sweep-erasures",
  "expire-deliveries",
  "wake-series",
  "recompute-zones",
  "resume-advances",
  "forget-erased",
  "forget-ended",
  "tell-held-refusals",
  "expire-sessions",
);
export type JobName = (typeof job.values)[number];
export const status: Label = {
  what: "the codes of gRPC",
  values: [
    "OK",
    ...Object.values(Code).flatMap((code) => (typeof code === "number" ? [codeName(code)] : [])),
  ],
};
export const reason: Label = {
  what: "the reasons of errors, and `CANCELLED`",
  values: [...ErrorReasonSchema.values.map(({ name }) => name.replace("ERROR_REASON_", "")), "CANCELLED"],
};
export const route: Label = {
  what: "the exposed methods, the paths of pages, `/api/auth/*`, `/.well-known/*` and `other`",
  values: [
    ...pathsOf,
    ...["/", "/health", "/api/health", "/health/live", "/health/ready", "/health/startup", "/ready"],
    ...["/metrics", "/api/auth/*", "/.well-known/*", "other"],
  ],
};
const rateClasses = ["", "-read", "-write", "-expensive", "-auth"];
export const quota: Label = {
  what: "the quotas of docs/limits.md",
  values: [...["address", "user"].flatMap((whose) => rateClasses.map((of) => whose + of)), "user-programs"],
};
export const httpStatus: Label = {
  what: "the states of HTTP; 0: nothing was answered",
  values: ["0", ...Array.from({ length: 500 }, (_, index) => `${100 + index}`)],
};
