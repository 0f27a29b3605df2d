import { BlockList, isIP } from "node:net";
import { headerOf, type Incoming } from "#src/http.ts";

/** Says where a request comes from. */
export type ClientAddress = (request: Incoming) => string;

/**
 * The address of the socket; or, if a proxy of ours is there, the nearest one in `X-Forwarded-For` that is none of ours.
 *
 * What stands further left in that header was written by somebody whom nobody knows, and so says nothing.
 */
export function createClientAddress(isTrusted: (address: string) => boolean): ClientAddress {
  return (request) => {
    const peer = plainAddress(request.socket.remoteAddress ?? "");
    if (!isTrusted(peer)) return peer;
    const forwarded = (headerOf(request, "x-forwarded-for") ?? "")
      .split(",")
      .map((part) => plainAddress(part.trim()));
    const nearest = forwarded.findLast((address) => !isTrusted(address));
    return nearest !== undefined && isIP(nearest) !== 0 ? nearest : peer;
  };
}

/** Tells the addresses of our own proxies. */
export function trustIn(proxies: readonly string[]): (address: string) => boolean {
  const list = networks(proxies);
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
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

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

/** An address without the prefix that IPv4 gets on a socket of IPv6. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}

/** Whoever has one address of IPv6 has its whole /64, so that is counted as one. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = (address.split("%", 1)[0] ?? "").split("::");
  const front = head.split(":").filter(Boolean);
  const back = (tail ?? "").split(":").filter(Boolean);
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => "0");
  const groups = [...front, ...zeros, ...back].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
