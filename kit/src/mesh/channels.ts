import { Client, type ClientOptions, connectivityState, credentials } from "@grpc/grpc-js";
import { domainError, ErrorReason, toConnectError } from "../errors.ts";

/** Several connections to one address, used in turn; one that waits to connect again is passed over. After `close`, `next` throws SHUTTING_DOWN. */
export interface Channels {
  next(): Client;
  close(): void;
}

const options: ClientOptions = {
  // Without a pool of its own each client would share one connection with all others of the same address.
  "grpc.use_local_subchannel_pool": 1,
  // The mesh is on this host or in this cluster; an HTTP proxy of the environment is not meant for it.
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
  // A sidecar that restarts is found again within a second, not after the two minutes that are the default.
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1_000,
  // daprd closes connections that are pinged more often than every 8 s.
  "grpc.keepalive_time_ms": 20_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.max_receive_message_length": 8 * 1_048_576,
  "grpc.max_send_message_length": -1,
  // Counts and traces every call for a service that nobody mounts.
  "grpc.enable_channelz": 0,
};

export function openChannels(address: string, count: number): Channels {
  const clients = Array.from(
    { length: Math.min(4, Math.max(1, count)) },
    () => new Client(address, credentials.createInsecure(), options),
  );
  let turn = 0;
  let closed = false;
  return {
    next() {
      if (closed) throw toConnectError(domainError(ErrorReason.SHUTTING_DOWN, "shutting down"));
      turn = (turn + 1) % clients.length;
      const inTurn = [...clients.slice(turn), ...clients.slice(0, turn)];
      return inTurn.find(mayAnswer) ?? (inTurn[0] as Client);
    },
    close() {
      closed = true;
      for (const client of clients) client.close();
    },
  };
}

/** A channel that could not connect fails every call until it tries again; another one may be through already. */
function mayAnswer(client: Client): boolean {
  return client.getChannel().getConnectivityState(false) !== connectivityState.TRANSIENT_FAILURE;
}
