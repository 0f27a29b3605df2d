import { counter } from "@todo/kit/metrics";
import { networkOf } from "#src/client-address.ts";
import type { Incoming, Outgoing } from "#src/http.ts";
import { createBucket } from "#src/rate/bucket.ts";

const cut = counter("gateway_calmed_connections");

/** How many refusals an address may cause at once; they come back evenly over the minute. */
const refusalsPerMinute = 600;

/**
 * Addresses that go on though they are refused. A refusal costs less than a call, but not nothing: whoever causes very
 * many loses the connection instead, and gets no other one for a while.
 */
export interface Floods {
  /** A call of that address was refused for its number. */
  refused(address: string): void;
  isFlooding(address: string): boolean;
}

export function createFloods(now: () => Date): Floods {
  const refusals = createBucket({ name: "refusals", perMinute: refusalsPerMinute }, now);
  return {
    refused: (address) => refusals.take(networkOf(address)),
    isFlooding: (address) => refusals.waitMs(networkOf(address)) > 0,
  };
}

/** Ends the connection of a request; behind a proxy, which carries others too, the request alone. */
export function cutOff(request: Incoming, response: Outgoing, isProxied: boolean): void {
  cut.add(1);
  if (isProxied) response.destroy();
  else if ("stream" in request) request.stream.session?.destroy();
  else request.socket.destroy();
}
