import { BlockList, isIP } from "node:net";
import { headerOf, type Incoming } from "#src/http.ts";

/** Says where a request comes from. */
export type ClientAddress = (request: Incoming) => string;

/**
 * The address of the socket; or, if a proxy of ours is there, the nearest one in `X-Forwarded-For` that is none of ours.
 *
 * What stands further left in that header was written by somebody whom nobody knows, and so says nothing.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const trusted = networks(trustedProxies);
  return (request) => {
    const peer = plain(request.socket.remoteAddress ?? "");
    if (!isTrusted(trusted, peer)) return peer;
    const forwarded = (headerOf(request, "x-forwarded-for") ?? "")
      .split(",")
      .map((part) => plain(part.trim()));
    const nearest = forwarded.findLast((address) => !isTrusted(trusted, address));
    return nearest !== undefined && isIP(nearest) !== 0 ? nearest : peer;
  };
}

/** Whether a text is an address or a network, such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function networks(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = "", bits] = text.split("/");
    const family = familyOf(address);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function isTrusted(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, familyOf(address));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

/** Without the prefix that IPv4 gets on a socket of IPv6. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}
