import { type Health, handleHealth } from "@todo/kit/admin";
import { requestIdHeader } from "@todo/kit/assertion";
import {
  DomainError,
  domainError,
  ErrorReason,
  reasonName,
  reasonOf,
  toConnectError,
} from "@todo/kit/errors";
import { requestIdOf } from "@todo/kit/grpc/request-id";
import type { Logger } from "@todo/kit/log";
import { methodRule, RateClass } from "@todo/kit/policy";
import type { FairAdmission } from "#src/admission.ts";
import { looksLikeRpc, pageStatusOf, sendError, sendWithoutMethod } from "#src/answers.ts";
import { cutUntaken, drainAfterAnswer } from "#src/body.ts";
import type { Call } from "#src/call.ts";
import { type ClientAddress, networkOf, plainAddress } from "#src/client-address.ts";
import { handleCors } from "#src/cors.ts";
import { type Exchange, isExchangePath } from "#src/exchange.ts";
import { cutOff, type Floods } from "#src/floods.ts";
import { setSecurityHeaders } from "#src/headers.ts";
import type { HostCheck } from "#src/hosts.ts";
import { type HttpHandler, headerOf, type Incoming, isGone, type Outgoing, pathOf, send } from "#src/http.ts";
import { limits } from "#src/limits.ts";
import { observed } from "#src/observe.ts";
import type { Places } from "#src/places.ts";
import type { RateLimiter } from "#src/rate/limiter.ts";
import { noteCounted } from "#src/rate/note.ts";
import { answerOf } from "#src/relay.ts";
import type { Rpc } from "#src/rpc.ts";
import { createSlot } from "#src/slot.ts";
import type { UnsentAnswers } from "#src/unsent.ts";

export interface FrontOptions {
  rpc: Rpc;
  exchange: Exchange;
  page: (request: Incoming, response: Outgoing) => Promise<void>;
  health: Health;
  clientAddress: ClientAddress;
  limiter: RateLimiter;
  floods: Floods;
  places: Pick<Places, "unproven" | "own" | "probes">;
  unsent: UnsentAnswers;
  isOurHost: HostCheck;
  corsOrigins: ReadonlySet<string>;
  https: boolean;
  log: Logger;
}

/** The first of all handlers: what every request has in common, and who answers it. */
export function createFront(o: FrontOptions): HttpHandler {
  return (request, response) => {
    const clientAddress = o.clientAddress(request);
    const isProxied = clientAddress !== plainAddress(request.socket.remoteAddress ?? "");
    if (o.floods.isFlooding(clientAddress)) return cutOff(request, response, isProxied);
    const call: Call = {
      requestId: requestIdOf(headerOf(request, requestIdHeader) ?? null),
      clientAddress,
      slot: createSlot(),
      setHeader: (name, value) => response.setHeader(name, value),
      rooms: [],
      route: "other",
    };
    response.once("close", () => call.slot.close());
    observed(request, response, call, o.log, () => {
      // A connection that breaks is told by the calls on it; without a listener it would end the process.
      for (const stream of [request, response]) stream.on("error", () => undefined);
      drainAfterAnswer(request, response, limits.drainMs);
      cutUntaken(response, limits.answerMs);
      o.unsent.track(response, () => [
        // A connection of a proxy carries the answers of many.
        isProxied ? undefined : request.socket,
        networkOf(clientAddress),
        call.caller?.userId,
      ]);
      response.setHeader(requestIdHeader, call.requestId);
      setSecurityHeaders(response, o.https);
      answer(request, response, call, o).catch((error: unknown) =>
        fail(request, response, call, error, o.log),
      );
    });
  };
}

async function answer(request: Incoming, response: Outgoing, call: Call, o: FrontOptions): Promise<void> {
  if (!o.isOurHost(request)) return sendMisdirected(request, response, call);
  if (handleCors(request, response, o.corsOrigins)) return;
  const path = pathOf(request);
  const method = o.rpc.find(path);
  if (method) {
    call.route = path.slice(1);
    const isOwn = o.rpc.isOwn(method);
    count(call, isOwn ? RateClass.READ : methodRule(method.method).rateClass, o);
    admit(call, isOwn ? o.places.own : o.places.unproven);
    return o.rpc.serve(method, request, response, call);
  }
  if (isExchangePath(path)) {
    const signsIn = path.startsWith("/api/");
    call.route = signsIn ? "/api/auth/*" : "/.well-known/*";
    count(call, signsIn ? RateClass.AUTH : RateClass.READ, o);
    admit(call, o.places.unproven);
    if (call.refusal) throw call.refusal;
    return o.exchange(request, response, call);
  }
  if (!looksLikeRpc(request, path)) return answerPage(request, response, path, call, o);
  count(call, RateClass.READ, o);
  const error = call.refusal ?? domainError(ErrorReason.METHOD_UNKNOWN, "no such method");
  const answer = answerOf(error, { requestId: call.requestId, log: o.log });
  call.reason = reasonName(error.reason);
  sendWithoutMethod(request, response, answer, pageStatusOf(answer));
}

/** The pages that people and probes read. `/api/health` is the name of the second that some probes expect. */
const pages = new Set([
  "/",
  "/health",
  "/api/health",
  "/health/live",
  "/health/ready",
  "/health/startup",
  "/ready",
]);

async function answerPage(
  request: Incoming,
  response: Outgoing,
  path: string,
  call: Call,
  o: FrontOptions,
): Promise<void> {
  const isProbe = pages.has(path) && path !== "/";
  if (!isProbe) count(call, RateClass.READ, o);
  admit(call, o.places.probes);
  if (call.refusal) throw call.refusal;
  if (!pages.has(path)) return sendPathUnknown(request, response);
  call.route = path;
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    const error = domainError(ErrorReason.METHOD_UNKNOWN, `${request.method} is not allowed here`);
    return sendError(request, response, toConnectError(error), 405);
  }
  const admin = await handleHealth(path === "/api/health" ? "/health" : path, o.health);
  if (admin === undefined) return o.page(request, response);
  send(request, response, admin.status, admin.contentType, admin.body);
}

function fail(request: Incoming, response: Outgoing, call: Call, error: unknown, log: Logger): void {
  // The caller is gone, or hears the end of an answer that has begun: there is nobody to tell.
  if (response.headersSent || isGone(response)) {
    log.debug({ err: error, route: call.route }, "an answer was cut");
    response.destroy();
    return;
  }
  const known = answerOf(error, { requestId: call.requestId, log });
  const reason = reasonOf(known);
  if (reason !== undefined) call.reason = reason;
  sendError(request, response, known, pageStatusOf(known));
}

/** RFC 9110 section 15.5.20. */
function sendMisdirected(request: Incoming, response: Outgoing, call: Call): void {
  const error = domainError(ErrorReason.REQUEST_UNREADABLE, "this host is not served here");
  call.reason = reasonName(error.reason);
  sendError(request, response, toConnectError(error), 421);
}

function sendPathUnknown(request: Incoming, response: Outgoing): void {
  if (headerOf(request, "accept")?.includes("text/html")) {
    send(request, response, 404, "text/plain; charset=utf-8", "There is no such page.\n");
    return;
  }
  sendError(request, response, toConnectError(domainError(ErrorReason.METHOD_UNKNOWN, "no such path")), 404);
}

/** Counts a call against the quotas of the address that it comes from. */
function count(call: Call, rateClass: RateClass, { limiter, floods }: FrontOptions): void {
  const counted = limiter.address(call.clientAddress, rateClass);
  noteCounted(call, counted);
  if (!counted.refusal) return;
  floods.refused(call.clientAddress);
  call.refusal = counted.refusal;
}

/** Takes the place of a request that has proved nothing yet. */
function admit(call: Call, admission: FairAdmission): void {
  if (call.refusal) return;
  try {
    call.slot.move(admission, networkOf(call.clientAddress));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    call.refusal = error;
  }
}
