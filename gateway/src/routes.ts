import type { DescField, DescMethod } from "@bufbuild/protobuf";
import { Idempotency, type MethodRule, methodRule } from "@todo/kit/policy";
import { type AppId, catalogue } from "@todo/kit/services";

/** One method that the outside may call. */
export interface Route {
  readonly method: DescMethod;
  /** The app that serves it. */
  readonly app: AppId;
  readonly rule: MethodRule;
  /** Whether a caller must prove who they are. */
  readonly needsCaller: boolean;
  /** The field that makes a repetition safe; undefined where the method has none. */
  readonly requestIdField: DescField | undefined;
}

/** The name a method is called by: `package.Service/Method`. */
export function nameOf(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}

/** Every method that its contract exposes. A contract that contradicts itself stops the start. */
export function exposedRoutes(entries: typeof catalogue = catalogue): Route[] {
  return entries.flatMap(({ service, app }) =>
    service.methods.filter((method) => methodRule(method).exposed).map((method) => routeTo(method, app)),
  );
}

function routeTo(method: DescMethod, app: AppId): Route {
  const rule = methodRule(method);
  const name = nameOf(method);
  const needsCaller = rule.issuers.length > 0 || rule.scope !== "";
  if (!rule.callers.includes("gateway"))
    throw new Error(`${name} is exposed, but the gateway may not call it`);
  if (needsCaller && !rule.issuers.includes("gateway")) {
    throw new Error(`${name} is exposed, but the gateway may not assert a user there`);
  }
  if (method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming") {
    throw new Error(`${name} is exposed, but the gateway carries no stream of requests`);
  }
  return { method, app, rule, needsCaller, requestIdField: requestIdFieldOf(method, rule, name) };
}

function requestIdFieldOf(method: DescMethod, rule: MethodRule, name: string): DescField | undefined {
  if (rule.idempotency !== Idempotency.BY_REQUEST_ID) return undefined;
  const field = method.input.field["requestId"];
  if (field === undefined) throw new Error(`${name} is idempotent by request_id, but has no such field`);
  return field;
}
