import { Code, ConnectError } from "@connectrpc/connect";
import {
  AppCallback,
  AppCallbackHealthCheck,
  TopicEventResponse_TopicEventResponseStatus as Status,
  type TopicEventRequest,
} from "@todo/proto/dapr/proto/runtime/v1/appcallback";
import type { IncomingRecord } from "./event.ts";
import { type Mount, mount } from "./grpc/server.ts";
import type { Outcome, Subscriber } from "./subscribe.ts";
import { within } from "./within.ts";

export interface AppCallbackOptions {
  /** How long a delivery may take before the sidecar is asked to try again; by default 8 s. Kafka's session has 10 s. */
  deadlineMs?: number;
}

const statuses: Record<Outcome, Status> = {
  SUCCESS: Status.SUCCESS,
  RETRY: Status.RETRY,
  DROP: Status.DROP,
};

/**
 * What a sidecar calls: events for the subscriber, and the questions it asks at start. Subscriptions are declared in the
 * deployment, so none are listed here.
 *
 * The status is always said: daprd takes an empty answer for SUCCESS, and UNIMPLEMENTED too. A delivery that outlives
 * its deadline goes on; its repetition waits for it at the inbox.
 */
export function appCallbackMounts(subscriber: Subscriber, o: AppCallbackOptions = {}): Mount[] {
  return [
    mount(AppCallback, {
      async onTopicEvent(request, context) {
        const record = recordOf(request, context.requestHeader);
        const outcome = within(o.deadlineMs ?? 8_000, subscriber.deliver(record)).catch(
          () => "RETRY" as const,
        );
        return { status: statuses[await outcome] };
      },
      // Bulk subscriptions are off; should one be switched on, nothing of it may get lost.
      onBulkTopicEvent: ({ entries }) => ({
        statuses: entries.map(({ entryId }) => ({ entryId, status: Status.RETRY })),
      }),
      listTopicSubscriptions: () => ({}),
      listInputBindings: () => ({}),
      onBindingEvent() {
        throw new ConnectError("this app has no input bindings", Code.Unimplemented);
      },
      onInvoke() {
        throw new ConnectError("this app is called by its services, not by OnInvoke", Code.Unimplemented);
      },
    }),
    mount(AppCallbackHealthCheck, { healthCheck: () => ({}) }),
  ];
}

/**
 * The record behind a delivery. daprd took the CloudEvent apart: `id`, `source`, `type`, `specversion` and
 * `datacontenttype` are fields of the request, every other attribute (subject, time, userid, sequence, traceparent …) is
 * an extension; key, partition and offset are gRPC metadata, escaped by the component's `escapeHeaders`.
 */
export function recordOf(request: TopicEventRequest, metadata: Headers): IncomingRecord {
  return {
    topic: request.topic,
    partition: Number(meta(metadata, "__partition") ?? -1),
    offset: toOffset(meta(metadata, "__offset")),
    key: meta(metadata, "__key") ?? "",
    value: isRaw(request) ? request.data : envelopeOf(request),
    headers: recordHeaders(metadata),
  };
}

/** A subscription with `rawPayload` delivers the value untouched under a type of daprd's own. */
function isRaw(request: TopicEventRequest): boolean {
  return request.type === "com.dapr.event.sent" && request.dataContentType === "application/octet-stream";
}

/** Puts the CloudEvent together again. The data is spliced in as text, so that no number loses digits. */
function envelopeOf(request: TopicEventRequest): Uint8Array {
  const attributes = {
    ...request.extensions,
    specversion: request.specVersion,
    id: request.id,
    source: request.source,
    type: request.type,
    datacontenttype: request.dataContentType,
  };
  const head = JSON.stringify(attributes).slice(0, -1);
  const data = request.data.length === 0 ? "null" : Buffer.from(request.data).toString();
  return Buffer.from(`${head},"data":${data}}`);
}

function meta(metadata: Headers, name: string): string | undefined {
  const value = metadata.get(name);
  if (value === null) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function toOffset(text: string | undefined): bigint {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : -1n;
}

/** Of all metadata those that came from the record: its `ce_` headers, and what daprd says of its place. */
function recordHeaders(metadata: Headers): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of metadata.keys()) {
    if (!/^(ce_|__)/.test(name)) continue;
    const value = meta(metadata, name);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}
