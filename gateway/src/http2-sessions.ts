import { constants, type ServerHttp2Session } from "node:http2";
import { counter } from "@todo/kit/metrics";

const calmed = counter("gateway_calmed_connections");

/** What one connection of HTTP/2 may do besides its requests. Times in milliseconds. */
export interface SessionLimits {
  /** From the first to the last byte of a request's headers. */
  headersMs: number;
  /** How long a connection may have no request. Pings do not count. */
  idleMs: number;
  /** How many pings and settings may come at once, and a second: each is answered. */
  controlBurst: number;
  controlRate: number;
}

interface Watched {
  /** The highest id of a stream whose headers are all there. */
  complete: number;
  /** A stream whose headers have begun, and when that was first seen. */
  begun: { id: number; at: number } | undefined;
  open: number;
  lastUse: number;
}

/** The open connections of HTTP/2, and an eye on what Node does not bound by itself. */
export interface Http2Sessions extends Iterable<ServerHttp2Session> {
  add(session: ServerHttp2Session): void;
  stop(): void;
}

const sweepMs = 1_000;

export function createHttp2Sessions(limits: SessionLimits): Http2Sessions {
  const sessions = new Map<ServerHttp2Session, Watched>();
  const sweep = () => {
    for (const [session, watched] of sessions) {
      look(session, watched, limits);
    }
  };
  const sweeping = setInterval(sweep, Math.min(sweepMs, limits.headersMs, limits.idleMs)).unref();
  return {
    add(session) {
      const watched: Watched = { complete: 0, begun: undefined, open: 0, lastUse: performance.now() };
      sessions.set(session, watched);
      session.once("close", () => sessions.delete(session));
      session.on("stream", (stream) => {
        watched.complete = Math.max(watched.complete, stream.id ?? 0);
        watched.open += 1;
        stream.once("close", () => {
          watched.open -= 1;
          watched.lastUse = performance.now();
        });
      });
      const spend = createBudget(limits.controlBurst, limits.controlRate);
      const onControl = () => {
        if (!spend()) calm(session);
      };
      session.on("ping", onControl).on("remoteSettings", onControl);
    },
    stop: () => clearInterval(sweeping),
    [Symbol.iterator]: () => sessions.keys(),
  };
}

/**
 * Node tells of a stream when all its headers are there, and has no limit of time for them. What nghttp2 has begun to
 * read and Node has not told of is on its way, or was refused for what it said: then the connection ends in order.
 */
function look(session: ServerHttp2Session, watched: Watched, { headersMs, idleMs }: SessionLimits): void {
  if (session.destroyed) return;
  const now = performance.now();
  const id = session.state.lastProcStreamID ?? 0;
  if (id <= watched.complete) watched.begun = undefined;
  else if (watched.begun?.id !== id) watched.begun = { id, at: now };
  const late = watched.begun === undefined ? 0 : now - watched.begun.at;
  if (late >= 2 * headersMs) calm(session);
  else if (late >= headersMs || (watched.open === 0 && now - watched.lastUse >= idleMs)) session.close();
}

/** Ends a connection at once, with what is on it. */
function calm(session: ServerHttp2Session): void {
  if (session.destroyed) return;
  calmed.add(1);
  session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
}

/** A token bucket: tells whether one more fits. */
function createBudget(burst: number, perSecond: number): () => boolean {
  let [left, at] = [burst, performance.now()];
  return () => {
    const now = performance.now();
    left = Math.min(burst, left + ((now - at) / 1_000) * perSecond);
    at = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
