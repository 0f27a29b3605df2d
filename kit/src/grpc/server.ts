import type { DescService, Message } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import {
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  setLogger,
  type UntypedHandleCall,
} from "@grpc/grpc-js";
import { Health } from "@todo/proto/grpc/health/v1/health";
import { domainError, ErrorReason } from "../errors.ts";
import type { Logger } from "../log.ts";
import { adapt } from "./adapter.ts";
import { codecOf, methodPath, streamsRequests, streamsResponses, tolerantParser } from "./codec.ts";
import { compose, type Implementation } from "./compose.ts";
import { servingState } from "./health.ts";
import { InFlight } from "./in-flight.ts";
import { type Mount, mount } from "./mount.ts";
import { reflectionMounts } from "./reflection.ts";

export { type Mount, mount };

/** 1 MiB for a request (the limit of the contracts), and room for the headers of an HTTP exchange inside of one. */
const defaultMaxMessageBytes = 1_310_720;
/** How long watchers of the health may take to hear of the end. */
const watchersMs = 250;
/** How long the answers to aborted calls may take to leave. */
const closeMs = 1_000;

export interface ServeOptions {
  /** The address to listen on; without it 127.0.0.1. */
  host?: string;
  /** The port; 0 takes any free one. */
  port: number;
  mounts: readonly Mount[];
  interceptors: readonly Interceptor[];
  /** Ends all running calls with SHUTTING_DOWN when it fires. */
  shutdown: AbortSignal;
  /** How long running calls may go on after the server stopped taking new ones; 10 s without it. */
  graceMs?: number;
  /** The largest request in bytes. */
  maxMessageBytes?: number;
  /** How many calls may run at once; 1,024 without it. Further ones are answered RATE_LIMITED. */
  maxInFlight?: number;
  log: Logger;
}

/**
 * Serves Connect-style services over gRPC by grpc-js, without TLS: the sidecar beside it speaks mTLS to the outside.
 *
 * Health and reflection are served as well; neither runs the interceptors. Disposing of the server stops it in order:
 * health turns to NOT_SERVING, no new calls, grace for the running ones, then they end with SHUTTING_DOWN, then
 * connections close. Rejects if the port is taken.
 */
export async function serveGrpc(o: ServeOptions): Promise<{ port: number } & AsyncDisposable> {
  const { host = "127.0.0.1", graceMs = 10_000 } = o;
  setLogger(bridge(o.log));
  const server = new Server({
    "grpc.max_receive_message_length": o.maxMessageBytes ?? defaultMaxMessageBytes,
    "grpc.max_send_message_length": -1,
    // Counts and traces every call for a service that nobody mounts.
    "grpc.enable_channelz": 0,
  });
  const inFlight = new InFlight(o.maxInFlight ?? 1_024);
  const unlimited = new InFlight(Number.POSITIVE_INFINITY);
  const services = o.mounts.map(({ desc }) => desc);
  const serving = servingState(services.map(({ typeName }) => typeName));

  for (const each of o.mounts) add(server, each, o.interceptors, { inFlight, log: o.log });
  for (const each of [mount(Health, serving.impl), ...reflectionMounts([...services, Health])]) {
    add(server, each, [], { inFlight: unlimited, log: o.log });
  }
  const stopped = domainError(ErrorReason.SHUTTING_DOWN, "shutting down");
  const abortAll = () => {
    inFlight.abort(stopped);
    unlimited.abort(stopped);
  };
  const port = await bind(server, host, o.port);
  o.shutdown.addEventListener("abort", abortAll, { once: true });

  return {
    port,
    async [Symbol.asyncDispose]() {
      serving.stop();
      const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      await Promise.all([
        within(graceMs, inFlight.idle()),
        within(Math.min(graceMs, watchersMs), unlimited.idle()),
      ]);
      if (inFlight.size > 0) o.log.warn({ calls: inFlight.size }, "calls outlive the grace period");
      abortAll();
      await within(closeMs, closed);
      server.forceShutdown();
      o.shutdown.removeEventListener("abort", abortAll);
    },
  };
}

/** What grpc-js has to say goes into the log like everything else. */
function bridge(log: Logger): Partial<Console> {
  const debug = (text: unknown) => log.debug({ text }, "grpc-js");
  return { error: (text: unknown) => log.warn({ text }, "grpc-js"), info: debug, debug };
}

function add(
  server: Server,
  { desc, impl }: Mount,
  interceptors: readonly Interceptor[],
  o: { inFlight: InFlight; log: Logger },
): void {
  const handlers: Record<string, UntypedHandleCall> = {};
  for (const method of desc.methods) {
    const implementation = (impl as Record<string, Implementation>)[method.localName];
    if (implementation === undefined) throw new Error(`${methodPath(method)} is not implemented`);
    const next = compose(method, implementation.bind(impl), interceptors);
    handlers[method.localName] = adapt({ method, next, ...o });
  }
  server.addService(definitionOf(desc), handlers);
}

function definitionOf(desc: DescService): ServiceDefinition {
  const entries = desc.methods.map((method) => {
    const definition: MethodDefinition<Message, Buffer> = {
      path: methodPath(method),
      requestStream: streamsRequests(method),
      responseStream: streamsResponses(method),
      requestSerialize: codecOf(method.input).serialize,
      requestDeserialize: tolerantParser(method.input),
      responseSerialize: (bytes) => bytes,
      responseDeserialize: (bytes) => bytes,
    };
    return [method.localName, definition] as const;
  });
  return Object.fromEntries(entries);
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(new Error(`cannot listen on ${host}:${port}`, { cause: error }));
    });
  });
}

/** Waits for a promise, but not longer than `ms`. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([promise, late.promise]);
  clearTimeout(timer);
}
