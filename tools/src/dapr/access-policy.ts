import type { DescMethod } from "@bufbuild/protobuf";
import { Idempotency, methodRule } from "@todo/kit/policy";
import { type AppId, appIds, catalogue } from "@todo/kit/services";
import type { Yaml } from "./yaml.ts";

/** The trust domain and the namespace of the SPIFFE ids that sidecars carry: spiffe://public/ns/default/<app>. */
export const trustDomain = "public";
export const namespace = "default";

/** The gRPC paths of an app, by the apps that may call them. An app that may call nothing is not in the list. */
export function allowedCalls(callee: AppId): { caller: AppId; paths: string[] }[] {
  return appIds
    .map((caller) => ({
      caller,
      paths: methodsOf(callee)
        .filter((method) => mayCall(caller, method))
        .map(pathOf),
    }))
    .filter(({ paths }) => paths.length > 0);
}

/** The apps that an app may call. */
export function calleesOf(caller: AppId): AppId[] {
  return appIds.filter((callee) => allowedCalls(callee).some((allowed) => allowed.caller === caller));
}

/**
 * The apps of which a caller may repeat any call without harm. Dapr's retries know apps only, so one method that cannot
 * be repeated keeps them off its whole app; the callers' clients repeat the others.
 */
export function repeatableCallees(caller: AppId): AppId[] {
  const isRepeatable = (method: DescMethod) => methodRule(method).idempotency !== Idempotency.UNSPECIFIED;
  return calleesOf(caller).filter((callee) =>
    methodsOf(callee)
      .filter((method) => mayCall(caller, method))
      .every(isRepeatable),
  );
}

/**
 * Who may call what of an app, as its sidecar reads it. Everything else is refused: other apps, other methods, and
 * AppCallback above all, through which a caller could forge events.
 */
export function accessControl(callee: AppId): Yaml {
  return {
    defaultAction: "deny",
    trustDomain,
    policies: allowedCalls(callee).map(({ caller, paths }) => ({
      appId: caller,
      defaultAction: "deny",
      trustDomain,
      namespace,
      operations: paths.map((name) => ({ name, action: "allow" })),
    })),
  };
}

function methodsOf(callee: AppId): DescMethod[] {
  return catalogue.filter(({ app }) => app === callee).flatMap(({ service }) => service.methods);
}

function mayCall(caller: AppId, method: DescMethod): boolean {
  return methodRule(method).callers.includes(caller);
}

function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}
