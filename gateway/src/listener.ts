import { createServer as createHttp1, type Server as Http1Server } from "node:http";
import { constants, createServer as createHttp2, type Http2Server } from "node:http2";
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createServer as createTls } from "node:tls";
import { counter, level } from "@todo/kit/metrics";
import { createKeyedAdmission } from "#src/admission.ts";
import { networkOf, plainAddress } from "#src/client-address.ts";
import type { HttpHandler, Incoming } from "#src/http.ts";
import { createHttp2Sessions, type Http2Sessions } from "#src/http2-sessions.ts";
import { sniff } from "#src/sniff.ts";

const connections = level("http_server_open_connections");

const refused = counter("gateway_refused_connections");

/** What one peer and all of them together may use. Sizes in bytes, times in milliseconds. */
export interface ListenerLimits {
  connections: number;
  /** Of these, from one address. */
  connectionsPerAddress: number;
  streamsPerConnection: number;
  /** How many streams of a connection its caller may reset at once, and a second (CVE-2023-44487). */
  resetBurst: number;
  resetRate: number;
  /** The same of pings and settings. */
  controlBurst: number;
  controlRate: number;
  headerBytes: number;
  headerCount: number;
  /** From the connection to the first bytes, and for a TLS handshake. */
  firstBytesMs: number;
  headersMs: number;
  requestMs: number;
  idleMs: number;
}

export const defaultListenerLimits: ListenerLimits = {
  connections: 4096,
  connectionsPerAddress: 256,
  streamsPerConnection: 256,
  resetBurst: 500,
  resetRate: 33,
  controlBurst: 1_000,
  controlRate: 100,
  headerBytes: 16_384,
  headerCount: 100,
  firstBytesMs: 10_000,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 65_000,
};

const sweepMs = 50;

export interface ListenerOptions {
  host: string;
  port: number;
  /** Certificate chain and key in PEM. Without them the port speaks clear text. */
  tls?: { cert: string; key: string };
  limits: ListenerLimits;
  /** Tells the addresses that may have as many connections as there are: our own proxies. */
  isTrusted?: (address: string) => boolean;
  /** Tells the addresses that get no connection now. */
  isRefused?: (address: string) => boolean;
  handler: HttpHandler;
}

export interface Listener {
  readonly port: number;
  /**
   * Refuses new connections, lets calls that are at work finish for `graceMs`, then cuts what is left.
   *
   * Connections on which nothing happens are told, and kept for `lingerMs`: a request may be on its way on one.
   */
  stop(o: { graceMs: number; lingerMs: number }): Promise<void>;
}

/** Opens one port for HTTP/1.1 and HTTP/2, told apart by the first bytes, with or without TLS around them. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { limits, tls } = options;
  const door = createDoor(options);
  const server = tls
    ? createTls({
        ...tls,
        ALPNProtocols: ["h2", "http/1.1"],
        minVersion: "TLSv1.2",
        handshakeTimeout: limits.firstBytesMs,
      })
    : createTcp();
  server.maxConnections = limits.connections;
  server.on("connection", (socket: Socket) => door.track(socket));
  server.on(tls ? "secureConnection" : "connection", (socket: Socket) => door.admit(socket));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options.port, options.host, () => resolve());
  });
  // From now on an error is a connection that could not be taken, for want of file handles: no reason to end.
  server.on("error", () => undefined);
  const { port } = server.address() as AddressInfo;
  return { port, stop: (o) => stop(server, door, o) };
}

interface Door {
  sockets: Set<Socket>;
  track(socket: Socket): void;
  admit(socket: Socket): void;
  /** From now on no connection is kept for another request, and all who hold one are asked to let it go. */
  ask(): void;
  /** Closes those that nobody uses, and takes no more calls on the others. */
  close(): void;
  /** Closes the connections of HTTP/1.1 on which nothing happens any more; HTTP/2 does that by itself. */
  sweep(): void;
}

function createDoor({
  limits,
  handler,
  isTrusted = () => false,
  isRefused = () => false,
}: ListenerOptions): Door {
  const sockets = new Set<Socket>();
  const sessions = createHttp2Sessions(limits);
  const silent = new Set<Socket>();
  const places = createKeyedAdmission(limits.connectionsPerAddress);
  const enter = (address: string) => {
    if (isTrusted(address)) return () => undefined;
    return isRefused(address) ? undefined : places.enter(networkOf(address));
  };
  let closing = false;
  const onRequest: HttpHandler = (request, response) => {
    if (closing && request.httpVersionMajor === 1) response.setHeader("connection", "close");
    if (fits(request, limits)) return handler(request, response);
    response.statusCode = 431;
    response.end();
  };
  const http1 = http1Server(limits).on("request", onRequest);
  const http2 = http2Server(limits, sessions).on("request", onRequest);
  return {
    sockets,
    track(socket) {
      const address = plainAddress(socket.remoteAddress ?? "");
      const leave = enter(address);
      if (leave === undefined) {
        refused.add(1);
        socket.on("error", () => undefined).destroy();
        return;
      }
      sockets.add(socket);
      connections.add(1);
      socket
        .on("error", () => socket.destroy())
        .once("close", () => {
          sockets.delete(socket);
          connections.add(-1);
          leave();
        });
    },
    admit(socket) {
      socket.on("error", () => socket.destroy());
      silent.add(socket);
      socket.once("close", () => silent.delete(socket));
      sniff(socket, limits.firstBytesMs, (version) => {
        silent.delete(socket);
        (version === "http2" ? http2 : http1).emit("connection", socket);
      });
    },
    ask() {
      closing = true;
      // Names no last stream yet, so what is on its way still counts (RFC 9113 section 6.8).
      for (const session of sessions) {
        if (!session.destroyed) session.goaway(constants.NGHTTP2_NO_ERROR, 2 ** 31 - 1);
      }
    },
    close() {
      sessions.stop();
      for (const socket of silent) socket.destroy();
      for (const session of sessions) session.close();
    },
    sweep: () => http1.closeIdleConnections(),
  };
}

/** Node holds HTTP/1.1 to the limit by itself; over HTTP/2 it tells the peer of it and takes more. */
function fits({ rawHeaders }: Incoming, { headerBytes, headerCount }: ListenerLimits): boolean {
  if (rawHeaders.length / 2 > headerCount) return false;
  return rawHeaders.reduce((size, text) => size + text.length, 0) <= headerBytes;
}

function http1Server(limits: ListenerLimits): Http1Server {
  const server = createHttp1({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(1000, limits.headersMs),
  });
  // Node leaves out what is too many and says nothing. So it gets one more than is allowed, for us to see.
  server.maxHeadersCount = limits.headerCount + 1;
  // Node starts the clock that enforces the two timeouts on this event, which never comes to a server that gets its
  // connections from another one.
  server.emit("listening");
  return server;
}

function http2Server(limits: ListenerLimits, sessions: Http2Sessions): Http2Server {
  const server = createHttp2({
    settings: { maxConcurrentStreams: limits.streamsPerConnection, maxHeaderListSize: limits.headerBytes },
    maxSessionInvalidFrames: 100,
    maxSettings: 32,
    streamResetBurst: limits.resetBurst,
    streamResetRate: limits.resetRate,
  });
  server.on("session", (session) => {
    sessions.add(session);
    session.setTimeout(limits.idleMs, () => session.close());
  });
  return server;
}

async function stop(server: Server, door: Door, o: { graceMs: number; lingerMs: number }): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  door.ask();
  const cut = setTimeout(() => {
    for (const socket of door.sockets) socket.destroy();
  }, o.graceMs);
  const lingerMs = Math.min(o.lingerMs, o.graceMs);
  if (lingerMs > 0) await Promise.race([closed, delay(lingerMs, undefined, { ref: false })]);
  door.close();
  const sweeping = setInterval(() => door.sweep(), sweepMs);
  door.sweep();
  await closed;
  clearInterval(sweeping);
  clearTimeout(cut);
}
