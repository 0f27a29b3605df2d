import { subscriptionsOf } from "@todo/kit/event-catalogue";
import type { AppId } from "@todo/kit/services";
import { repeatableCallees } from "./access-policy.ts";
import { pubsubName } from "./pubsub.ts";
import type { Yaml } from "./yaml.ts";

/**
 * Two more tries of a call that answers UNAVAILABLE (14), for apps whose methods can all be repeated. Streams are exempt by their
 * `dapr-stream` header. No breaker here: Dapr's counts NOT_FOUND and cancellations, so it is in the kit.
 */
const callRetry = {
  policy: "exponential",
  maxInterval: "1s",
  maxRetries: 2,
  matching: { gRPCStatusCodes: "14" },
};

/**
 * How long the sidecar goes on offering an event to an app that cannot take it, before it is dead-lettered. The pauses
 * grow from 0.5 s to 5 s, each up to half longer or shorter, so 300 of them are 12 minutes at the least; Dapr ends an
 * exponential policy after 15 minutes. An outage of 10 minutes is survived with room, and no wait is without end.
 */
const deliveryRetry = { policy: "exponential", maxInterval: "5s", maxRetries: 300 };

/** The retries of an app's sidecar, or undefined for an app that neither calls nor consumes. */
export function resiliency(app: AppId): Yaml | undefined {
  const callees = repeatableCallees(app);
  const consumes = subscriptionsOf(app).length > 0;
  if (callees.length === 0 && !consumes) return undefined;
  return {
    apiVersion: "dapr.io/v1alpha1",
    kind: "Resiliency",
    metadata: { name: app },
    scopes: [app],
    spec: {
      policies: {
        retries: {
          ...(callees.length > 0 && { call: callRetry }),
          ...(consumes && { delivery: deliveryRetry }),
        },
      },
      targets: {
        ...(callees.length > 0 && {
          apps: Object.fromEntries(callees.map((callee) => [callee, { retry: "call" }])),
        }),
        ...(consumes && { components: { [pubsubName]: { inbound: { retry: "delivery" } } } }),
      },
    },
  };
}
