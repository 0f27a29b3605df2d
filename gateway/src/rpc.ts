import { createConnectRouter, createContextValues, type Interceptor } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { domainError, ErrorReason, toConnectError } from "@todo/kit/errors";
import type { Mount } from "@todo/kit/grpc/mount";
import { sendError } from "#src/answers.ts";
import { bodyOf } from "#src/body.ts";
import { type Call, callKey } from "#src/call.ts";
import type { Gate } from "#src/gate.ts";
import type { Incoming, Outgoing } from "#src/http.ts";
import { strictJson } from "#src/json/codec.ts";
import { limits } from "#src/limits.ts";
import { forward, type ProxyOptions } from "#src/proxy.ts";
import { sendWhole } from "#src/respond.ts";
import { revalidate } from "#src/revalidate.ts";
import type { Route } from "#src/routes.ts";
import type { Shutdown } from "#src/shutdown.ts";

export interface RpcOptions {
  routes: readonly Route[];
  proxy: ProxyOptions;
  /** Services that the gateway answers itself, and what ends their streams. */
  own: readonly { mounts: readonly Mount[]; end: AbortSignal }[];
  gate: Gate;
  interceptors: Interceptor[];
  shutdown: Pick<Shutdown, "stopping" | "stopped">;
}

/** Serves RPCs over Connect, gRPC, gRPC-Web and Connect GET. */
export interface Rpc {
  /** The handler of a path; undefined if there is no such method. */
  find(path: string): UniversalHandler | undefined;
  /** Whether the gateway itself answers. */
  isOwn(handler: UniversalHandler): boolean;
  serve(handler: UniversalHandler, request: Incoming, response: Outgoing, call: Call): Promise<void>;
}

export function createRpc(o: RpcOptions): Rpc {
  const router = createConnectRouter({
    acceptCompression: [compressionGzip],
    readMaxBytes: limits.requestBytes,
    interceptors: o.interceptors,
    requestGate: o.gate,
  });
  for (const route of o.routes) {
    const shutdownSignal = route.method.methodKind === "unary" ? o.shutdown.stopped : o.shutdown.stopping;
    const jsonOptions = { ignoreUnknownFields: false, textDecoder: strictJson(route.method.input) };
    router.rpc(route.method, forward(route, o.proxy) as never, { shutdownSignal, jsonOptions });
  }
  for (const { mounts, end } of o.own) {
    for (const { desc, impl } of mounts) {
      router.service(desc, impl, { shutdownSignal: end, interceptors: [] });
    }
  }
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  const own = new Set(o.own.flatMap(({ mounts }) => mounts.map(({ desc }) => desc.typeName)));
  return {
    find: (path) => handlers.get(path),
    isOwn: ({ service }) => own.has(service.typeName),
    async serve(handler, request, response, call) {
      assertAscii(request.url ?? "");
      const values = createContextValues().set(callKey, call);
      const incoming = universalRequestFromNodeRequest(request, response, undefined, values);
      if (own.has(handler.service.typeName)) incoming.signal = bounded(incoming.signal, response);
      const body = bodyOf(request, limits.bodyMs);
      const outgoing = await handler({ ...incoming, body });
      if (outgoing.status === 405 || outgoing.status === 415) {
        return refuse(request, response, handler, outgoing.status);
      }
      const answer = await revalidate(incoming, outgoing);
      if (handler.method.methodKind === "unary") await sendWhole(answer, response);
      else await universalResponseToNodeResponse(answer, response);
    },
  };
}

/** Node takes bytes beyond ASCII in a target for letters of Latin-1, and would hand on another text than was sent. */
function assertAscii(target: string): void {
  if (!/[^\x21-\x7e]/.test(target)) return;
  throw domainError(ErrorReason.REQUEST_UNREADABLE, "the query is no UTF-8 in percent-encoding");
}

/** Ends what nobody else ends: a watch of the gateway's health has no deadline of its own. */
function bounded(signal: AbortSignal, response: Outgoing): AbortSignal {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), limits.streamMaxMs);
  response.once("close", () => clearTimeout(timer));
  return AbortSignal.any([signal, end.signal]);
}

/** Says in words what the framework answers with a bare status. */
function refuse(request: Incoming, response: Outgoing, handler: UniversalHandler, status: 405 | 415): void {
  response.setHeader("allow", handler.allowedMethods.join(", "));
  const taken = takenTypes(handler).join(", ");
  if (status === 415) response.setHeader("accept-post", taken);
  const text =
    status === 405
      ? `${request.method} is not allowed here: ${handler.allowedMethods.join(" or ")} is`
      : `this content type is not taken: one of ${taken} is`;
  sendError(request, response, toConnectError(domainError(ErrorReason.REQUEST_UNREADABLE, text)), status);
}

/** The content types of a method, in the protocols that carry it. */
function takenTypes({ method }: UniversalHandler): string[] {
  const connect = method.methodKind === "unary" ? "application/" : "application/connect+";
  const prefixes = [connect, "application/grpc-web+", "application/grpc+"];
  return prefixes.flatMap((prefix) => [`${prefix}json`, `${prefix}proto`]);
}
