import type { DescMethodServerStreaming, DescMethodUnary, Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext, type Transport } from "@connectrpc/connect";
import { createAsyncIterable } from "@connectrpc/connect/protocol";
import { type AssertionIssuer, assertionHeader, requestIdHeader } from "@todo/kit/assertion";
import { reasonOf } from "@todo/kit/errors";
import type { Logger } from "@todo/kit/log";
import type { Mesh } from "@todo/kit/mesh";
import type { FairAdmission } from "#src/admission.ts";
import { type Call, callKey } from "#src/call.ts";
import { networkOf } from "#src/client-address.ts";
import { assertTimeLeft, upstreamTimeoutMs } from "#src/limits.ts";
import { relay } from "#src/relay.ts";
import type { Route } from "#src/routes.ts";

export interface ProxyOptions {
  mesh: Mesh;
  assertions: AssertionIssuer;
  log: Logger;
  /** The places of calls that a service works on. */
  work: FairAdmission;
  /** Told how long a service took for a unary call, in milliseconds. */
  took: (ms: number) => void;
}

/** A call to the service behind a route, ready to be made. */
interface Upstream {
  transport: Transport;
  header: Headers;
  timeoutMs: number;
}

type Forward = (message: Message, context: HandlerContext) => Promise<Message> | AsyncIterable<Message>;

/**
 * The implementation of a route: the same call to the service behind it.
 *
 * Nothing that came as a header goes on. The service gets the message, the rest of the deadline, and from us who calls
 * and the request id. Of its answer the caller gets the message, or an error that may be seen.
 */
export function forward(route: Route, o: ProxyOptions): Forward {
  return route.method.methodKind === "unary"
    ? forwardUnary(route, route.method as DescMethodUnary, o)
    : forwardStream(route, route.method as DescMethodServerStreaming, o);
}

function forwardUnary(route: Route, method: DescMethodUnary, o: ProxyOptions): Forward {
  return async (message, context) => {
    const { slot } = takePlace(context, o);
    const begun = performance.now();
    try {
      const { transport, header, timeoutMs } = await upstreamOf(route, context, o);
      return (await transport.unary(method, context.signal, timeoutMs, header, message)).message;
    } catch (error) {
      throw relayed(error, route, context, o);
    } finally {
      o.took(performance.now() - begun);
      slot.release();
    }
  };
}

function forwardStream(route: Route, method: DescMethodServerStreaming, o: ProxyOptions): Forward {
  return async function* (message, context) {
    const { slot } = takePlace(context, o);
    try {
      const { transport, header, timeoutMs } = await upstreamOf(route, context, o);
      const request = createAsyncIterable([message]);
      yield* (await transport.stream(method, context.signal, timeoutMs, header, request)).message;
    } catch (error) {
      throw relayed(error, route, context, o);
    } finally {
      slot.release();
    }
  };
}

/**
 * Takes a place among the calls at work: only now, when the caller is known and the request is there and right. It is
 * given up when the service has answered, whether the caller takes the answer or not.
 */
function takePlace(context: HandlerContext, { work }: ProxyOptions): Call {
  const call = context.values.get(callKey);
  assertTimeLeft(context.timeoutMs());
  call.slot.move(work, call.caller?.userId ?? networkOf(call.clientAddress));
  return call;
}

async function upstreamOf(route: Route, context: HandlerContext, o: ProxyOptions): Promise<Upstream> {
  const { requestId, caller } = context.values.get(callKey);
  const header = new Headers({ [requestIdHeader]: requestId });
  if (caller) header.set(assertionHeader, await o.assertions.assert(route.app, caller));
  const streaming = route.method.methodKind !== "unary";
  const timeoutMs = upstreamTimeoutMs(streaming, context.timeoutMs());
  return { transport: o.mesh.transport(route.app), header, timeoutMs };
}

function relayed(error: unknown, { app }: Route, context: HandlerContext, { log }: ProxyOptions): Error {
  if (isGone(context.signal)) return new ConnectError("cancelled", Code.Canceled);
  return relay(error, { app, requestId: context.values.get(callKey).requestId, log });
}

/** Whether the caller went away. A deadline and a stop abort the signal too, but with a reason of ours. */
function isGone({ aborted, reason }: AbortSignal): boolean {
  return aborted && !(reason instanceof ConnectError && reasonOf(reason) !== undefined);
}
