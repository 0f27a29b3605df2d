import type { Transport } from "@connectrpc/connect";
import { domainError, ErrorReason, toConnectError } from "./errors.ts";
import { tokenHeader } from "./grpc/app-token.ts";
import type { Logger } from "./log.ts";
import { type BreakerOptions, createBreaker } from "./mesh/breaker.ts";
import { type Channels, openChannels } from "./mesh/channels.ts";
import { meshTransport, type Timeouts } from "./mesh/transport.ts";
import type { AppId } from "./services.ts";

export type { BreakerOptions } from "./mesh/breaker.ts";

/** The way to the other apps: `createClient(TaskService, mesh.transport("task"))`. */
export interface Mesh extends AsyncDisposable {
  /**
   * A Connect transport to one app. Asking twice gives the same one.
   *
   * @param bulkhead names calls with a breaker of their own: when they fail, the app stays open to all others, and the
   *   other way round.
   */
  transport(app: AppId, bulkhead?: string): Transport;
}

export interface MeshOptions {
  /** Connections side by side: several streams of calls do not wait for each other. 2 without it, at most 4. */
  channels?: number;
  breaker?: BreakerOptions;
  /** The deadline of a unary call that names none: 10 s without it. */
  defaultTimeoutMs?: number;
  /** The deadline of a stream that names none: 15 min without it. */
  streamTimeoutMs?: number;
  log: Logger;
}

/**
 * The other apps, reached through the own sidecar by gRPC proxying.
 *
 * Every call has a deadline, the app's id, the sidecar's token and the trace; streams are marked, so that no policy of
 * the sidecar cuts or repeats them. Errors come back with code and details as the other app sent them.
 */
export function sidecarMesh(o: MeshOptions & { address: string; apiToken: string }): Mesh {
  const channels = openChannels(o.address, o.channels ?? 2);
  const create = (app: AppId, bulkhead: string | undefined) =>
    meshTransport({
      app,
      channels,
      breaker: createBreaker(app, { ...o.breaker, bulkhead }, o.log),
      timeouts: timeoutsOf(o),
      metadata: { "dapr-app-id": app, [tokenHeader]: o.apiToken },
    });
  return { transport: memoised(create), [Symbol.asyncDispose]: async () => channels.close() };
}

/** The same client without sidecars: each app at its own address, with the token that its sidecar would send. */
export function directMesh(
  o: MeshOptions & {
    addresses: Partial<Record<AppId, string>>;
    appApiTokens: Partial<Record<AppId, string>>;
  },
): Mesh {
  const open = new DisposableStack();
  const opened = new Map<AppId, Channels>();
  const channelsTo = (app: AppId, address: string): Channels => {
    const channels =
      opened.get(app) ?? open.adopt(openChannels(address, o.channels ?? 2), (each) => each.close());
    opened.set(app, channels);
    return channels;
  };
  const create = (app: AppId, bulkhead: string | undefined) => {
    const address = o.addresses[app];
    if (address === undefined) return unreachable(app);
    const token = o.appApiTokens[app];
    return meshTransport({
      app,
      channels: channelsTo(app, address),
      breaker: createBreaker(app, { ...o.breaker, bulkhead }, o.log),
      timeouts: timeoutsOf(o),
      metadata: token === undefined ? {} : { [tokenHeader]: token },
    });
  };
  return { transport: memoised(create), [Symbol.asyncDispose]: async () => open.dispose() };
}

/** The way to the other apps through the own sidecar, if there is one; else there is none. */
export function meshOf(sidecar: { address: string; apiToken: string } | undefined, o: MeshOptions): Mesh {
  if (sidecar === undefined) return directMesh({ ...o, addresses: {}, appApiTokens: {} });
  return sidecarMesh({ ...o, ...sidecar });
}

function timeoutsOf({ defaultTimeoutMs = 10_000, streamTimeoutMs = 900_000 }: MeshOptions): Timeouts {
  return { unaryMs: defaultTimeoutMs, streamMs: streamTimeoutMs };
}

type Create = (app: AppId, bulkhead: string | undefined) => Transport;

function memoised(create: Create): Mesh["transport"] {
  const made = new Map<string, Transport>();
  return (app, bulkhead) => {
    const key = `${app} ${bulkhead ?? ""}`;
    let transport = made.get(key);
    if (transport === undefined) {
      transport = create(app, bulkhead);
      made.set(key, transport);
    }
    return transport;
  };
}

function unreachable(app: AppId): Transport {
  const refuse = async () => {
    throw toConnectError(domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, `${app} is not available`));
  };
  return { unary: refuse, stream: refuse };
}
