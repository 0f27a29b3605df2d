import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import {
  create,
  type DescMessage,
  type DescMethod,
  type Message,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type StreamResponse,
  type Transport,
  type UnaryResponse,
} from "@connectrpc/connect";
import type { Metadata } from "@grpc/grpc-js";
import { context, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { type Codec, codecOf, methodPath } from "../grpc/codec.ts";
import { toHeaders } from "../grpc/metadata.ts";
import { meter, secondsBuckets } from "../metrics.ts";
import type { AppId } from "../services.ts";
import { tracer } from "../trace.ts";
import type { Breaker } from "./breaker.ts";
import { mayRepeat, metadataOf } from "./call-options.ts";
import type { Channels } from "./channels.ts";
import { failureOf, metAGoodbye } from "./failure.ts";
import { openStream } from "./stream.ts";

/** Deadlines of calls that name none, in milliseconds. */
export interface Timeouts {
  unaryMs: number;
  streamMs: number;
}

export interface MeshTransportOptions {
  app: AppId;
  channels: Channels;
  breaker: Breaker;
  timeouts: Timeouts;
  /** What every call carries. */
  metadata: Readonly<Record<string, string>>;
}

/** What grpc-js has to know of a method. Made at its first call. */
export interface Definition {
  path: string;
  input: Codec;
  output: Codec;
}

const definitions = new WeakMap<DescMethod, Definition>();

const durations = meter.createHistogram("rpc_client_duration_seconds", {
  description: "Time that calls of other apps take, streams up to their first answer",
  advice: { explicitBucketBoundaries: secondsBuckets },
});

/** How long to wait before the one repetition of a call that met a connection going away. */
const repeatAfterMs = 50;

/** A Connect transport to one app over grpc-js. */
export function meshTransport(o: MeshTransportOptions): Transport {
  return {
    async unary(method, signal, timeoutMs, header, input) {
      const request = normal(method.input, input as MessageInitShape<DescMessage>);
      const deadline = Date.now() + (timeoutMs ?? o.timeouts.unaryMs);
      const attempt = () =>
        observed(o.app, method, () => {
          const metadata = metadataOf(method, o.metadata, header);
          return callUnary(o, method, request, metadata, deadline, signal);
        });
      const call = async () => {
        try {
          return await attempt();
        } catch (error) {
          if (!metAGoodbye(error) || !mayRepeat(method, request)) throw error;
          if (Date.now() + repeatAfterMs >= deadline) throw error;
          await delay(repeatAfterMs);
          return attempt();
        }
      };
      return (await o.breaker.execute(call)) as never;
    },
    async stream(method, signal, timeoutMs, header, input) {
      const deadline = Date.now() + (timeoutMs ?? o.timeouts.streamMs);
      const messages = normalAll(method.input, input as AsyncIterable<MessageInitShape<DescMessage>>);
      const open = () =>
        observed(o.app, method, () => {
          const { app } = o;
          const metadata = metadataOf(method, o.metadata, header);
          const client = o.channels.next();
          const definition = definitionOf(method);
          return openStream({ app, client, method, definition, metadata, deadline, signal, messages });
        });
      return (await guarded(o.breaker, open)) as never;
    },
  };
}

/**
 * Opens a stream under the breaker. A stream that is silent for 2 s counts as alive: its first message may be hours
 * away, and nobody shall wait for the breaker's verdict as long.
 */
async function guarded(breaker: Breaker, open: () => Promise<StreamResponse>): Promise<StreamResponse> {
  let opening: Promise<StreamResponse> | undefined;
  await breaker.execute(() => {
    opening = open();
    return Promise.race([opening, delay(2_000, undefined, { ref: false })]);
  });
  return opening as unknown as Promise<StreamResponse>;
}

function callUnary(
  o: MeshTransportOptions,
  method: DescMethod,
  request: Message,
  metadata: Metadata,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<UnaryResponse> {
  const { path, input, output } = definitionOf(method);
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(ConnectError.from(signal.reason, Code.Canceled));
    let header = new Headers();
    let trailer = new Headers();
    const cancel = () => call.cancel();
    const call = o.channels
      .next()
      .makeUnaryRequest(
        path,
        input.serialize,
        output.deserialize,
        request,
        metadata,
        { deadline },
        (error, message) => {
          signal?.removeEventListener("abort", cancel);
          if (error !== null) return reject(failureOf(error, o.app, signal));
          // grpc-js hands out the trailers after this callback, in the same turn.
          queueMicrotask(() =>
            resolve({
              stream: false,
              service: method.parent,
              method,
              header,
              trailer,
              message,
            } as UnaryResponse),
          );
        },
      );
    call.on("metadata", (received) => {
      header = toHeaders(received);
    });
    call.on("status", (status) => {
      trailer = toHeaders(status.metadata);
    });
    signal?.addEventListener("abort", cancel, { once: true });
  });
}

/** Runs a call inside of a span of its own and measures it. */
function observed<T>(app: AppId, method: DescMethod, call: () => Promise<T>): Promise<T> {
  const attributes = {
    "rpc.service": method.parent.typeName,
    "rpc.method": method.name,
    "peer.service": app,
  };
  const span = tracer.startSpan(`${method.parent.typeName}/${method.name}`, {
    kind: SpanKind.CLIENT,
    attributes,
  });
  const start = performance.now();
  const end = (error?: unknown) => {
    const code = error === undefined ? 0 : ConnectError.from(error).code;
    durations.record((performance.now() - start) / 1_000, { ...attributes, "rpc.grpc.status_code": code });
    endSpan(span, code);
  };
  return context.with(trace.setSpan(context.active(), span), call).then(
    (result) => {
      end();
      return result;
    },
    (error) => {
      end(error);
      throw error;
    },
  );
}

function endSpan(span: Span, code: number): void {
  if (code !== 0) span.setAttribute("rpc.grpc.status_code", code).setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

function definitionOf(method: DescMethod): Definition {
  let definition = definitions.get(method);
  if (definition === undefined) {
    definition = { path: methodPath(method), input: codecOf(method.input), output: codecOf(method.output) };
    definitions.set(method, definition);
  }
  return definition;
}

function normal(desc: DescMessage, message: MessageInitShape<DescMessage>): Message {
  return message.$typeName === desc.typeName ? (message as Message) : create(desc, message);
}

async function* normalAll(
  desc: DescMessage,
  messages: AsyncIterable<MessageInitShape<DescMessage>>,
): AsyncIterable<Message> {
  for await (const message of messages) yield normal(desc, message);
}
