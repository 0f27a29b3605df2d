import { setTimeout as delay } from "node:timers/promises";
import type { DescMethod } from "@bufbuild/protobuf";
import type { StreamResponse, Transport, UnaryResponse } from "@connectrpc/connect";
import { asMessage, asMessages, type Init } from "../grpc/codec.ts";
import { currentRequest } from "../request-context.ts";
import type { AppId } from "../services.ts";
import type { Breaker } from "./breaker.ts";
import { type HeadersLike, mayRepeat, metadataOf } from "./call-options.ts";
import type { Channels } from "./channels.ts";
import { definitionOf } from "./definition.ts";
import { metAGoodbye } from "./failure.ts";
import { observed } from "./observed.ts";
import { openStream } from "./stream.ts";
import { callUnary } from "./unary.ts";

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

/** What a call leaves of its caller's deadline for the way back. */
const hopMs = 20;
/** How long to wait before the one repetition of a call that met a connection going away. */
const repeatAfterMs = 50;

/** A Connect transport to one app over grpc-js. */
export function meshTransport(o: MeshTransportOptions): Transport {
  /** What unary and streaming calls have in common. */
  const prepare = (method: DescMethod, header: HeadersLike | undefined) => ({
    app: o.app,
    client: o.channels.next(),
    method,
    definition: definitionOf(method),
    metadata: metadataOf(method, o.metadata, header),
  });
  return {
    async unary(method, signal, timeoutMs, header, input) {
      const request = asMessage(method.input, input as Init);
      const deadline = deadlineFrom(timeoutMs, o.timeouts.unaryMs);
      const attempt = () =>
        observed(o.app, method, async () =>
          callUnary({ ...prepare(method, header), deadline, signal, request }),
        );
      const repeatable = () => mayRepeat(method, request) && Date.now() + repeatAfterMs < deadline;
      const left = deadline - Date.now();
      return (await o.breaker.execute(() => twice(attempt, repeatable), left)) as never;
    },
    async stream(method, signal, timeoutMs, header, input) {
      const deadline = Date.now() + (timeoutMs ?? o.timeouts.streamMs);
      const messages = asMessages(method.input, input as AsyncIterable<Init>);
      const open = () =>
        observed(o.app, method, async () =>
          openStream({ ...prepare(method, header), deadline, signal, messages }),
        );
      return (await guarded(o.breaker, open, deadline - Date.now())) as never;
    },
  };
}

/** A call inside of another one ends before it, so that there is time to answer, and has as long if it names no time. */
function deadlineFrom(timeoutMs: number | undefined, fallbackMs: number): number {
  const ofCaller = currentRequest()?.deadline;
  if (ofCaller === undefined) return Date.now() + (timeoutMs ?? fallbackMs);
  return Math.min(Date.now() + (timeoutMs ?? Number.POSITIVE_INFINITY), ofCaller - hopMs);
}

/** Tries once more, if the first try met a connection or a process that was going away and the call is repeatable. */
async function twice(
  attempt: () => Promise<UnaryResponse>,
  repeatable: () => boolean,
): Promise<UnaryResponse> {
  try {
    return await attempt();
  } catch (error) {
    if (!metAGoodbye(error) || !repeatable()) throw error;
  }
  await delay(repeatAfterMs);
  return attempt();
}

/**
 * Opens a stream under the breaker. A stream that is silent for 2 s counts as alive: its first message may be hours
 * away, and nobody shall wait for the breaker's verdict as long.
 */
async function guarded(
  breaker: Breaker,
  open: () => Promise<StreamResponse>,
  timeoutMs: number,
): Promise<StreamResponse> {
  let opening: Promise<StreamResponse> | undefined;
  await breaker.execute(() => {
    opening = open();
    return Promise.race([opening, delay(2_000, undefined, { ref: false })]);
  }, timeoutMs);
  return opening as unknown as Promise<StreamResponse>;
}
