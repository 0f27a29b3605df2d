import { domainError, ErrorReason } from "@todo/kit/errors";
import type { Incoming } from "#src/http.ts";

const loopback = ["localhost", "127.0.0.1", "[::1]"];

/** The hosts that a gateway answers for where nobody says more: its public name, and this machine's own. */
export function defaultHosts(publicHost: string): string[] {
  return [...new Set([publicHost, ...loopback])];
}

/** Whether a text is a host name or an address, without port; `*.example.org` is all names below it, `*` any host. */
export function isHost(text: string): boolean {
  const name = text.replace(/^\*(\.|$)/, "");
  return text === "*" || (URL.canParse(`http://${name}`) && new URL(`http://${name}`).host === hostOf(name));
}

const hostOf = (name: string) => name.toLowerCase();

/** Tells whether a request is meant for us. Throws REQUEST_UNREADABLE if it does not say whom it is meant for. */
export type HostCheck = (request: Incoming) => boolean;

/**
 * Checks the host that a request names (RFC 9110 section 7.2): one, the same wherever it stands, and one of ours. A page
 * whose own name leads here (DNS rebinding) is told apart by that.
 */
export function createHostCheck(allowed: readonly string[]): HostCheck {
  const exact = new Set(allowed.map((host) => host.toLowerCase()));
  const below = allowed.filter((host) => host.startsWith("*.")).map((host) => host.slice(1).toLowerCase());
  const isOurs = (name: string) =>
    exact.has("*") || exact.has(name) || below.some((suffix) => name.endsWith(suffix));
  return (request) => {
    const { hostname } = new URL(`http://${singleHost(request)}`);
    // A name with a dot at its end is the same name.
    return isOurs(hostname.replace(/\.$/, ""));
  };
}

/** The one host that a request names. Every part behind this makes a URL of it, and one that is none would end the process. */
function singleHost(request: Incoming): string {
  const named = request.rawHeaders.filter((_, at, all) => at % 2 === 1 && isHostHeader(all[at - 1]));
  const [host, ...others] = "authority" in request ? [request.authority, ...named] : named;
  if (!host || /[/?#@\\]/.test(host) || !URL.canParse(`http://${host}`)) {
    throw domainError(ErrorReason.REQUEST_UNREADABLE, "the request names no usable host");
  }
  const repeated = "authority" in request && others.every((other) => same(other, host));
  if (others.length > 0 && !repeated) {
    throw domainError(ErrorReason.REQUEST_UNREADABLE, "the request names more than one host");
  }
  return host;
}

function isHostHeader(name: string | undefined): boolean {
  return name?.toLowerCase() === "host";
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
