import { describe, expect, it } from "vitest";
import { createClientAddress, isNetwork, networkOf, trustIn } from "#src/client-address.ts";
import type { Incoming } from "#src/http.ts";

const request = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { "x-forwarded-for": forwarded } }) as unknown as Incoming;

describe("the address of a client", () => {
  const addressOf = createClientAddress(trustIn(["10.0.0.0/8", "192.168.1.1", "fd00::/8"]));

  it.each([
    ["the socket's, for whoever comes directly", "203.0.113.9", undefined, "203.0.113.9"],
    ["the socket's, whatever a stranger writes", "203.0.113.9", "198.51.100.7", "203.0.113.9"],
    ["what a proxy of ours says", "10.1.2.3", "198.51.100.7", "198.51.100.7"],
    ["the last that is none of ours", "10.1.2.3", "1.1.1.1, 198.51.100.7, 192.168.1.1", "198.51.100.7"],
    ["the socket's, if the proxies name only themselves", "10.1.2.3", "10.9.9.9", "10.1.2.3"],
    ["the socket's, if a proxy passes nonsense on", "10.1.2.3", "1.1.1.1, unknown", "10.1.2.3"],
    ["the socket's, if a proxy says nothing", "10.1.2.3", undefined, "10.1.2.3"],
    ["of IPv4 on a socket of IPv6", "::ffff:10.1.2.3", "::ffff:198.51.100.7", "198.51.100.7"],
    ["of IPv6", "fd00::1", "2001:db8::7", "2001:db8::7"],
  ])("is %s", (_, peer, forwarded, expected) => {
    expect(addressOf(request(peer, forwarded))).toBe(expected);
  });
});

it.each([
  ["10.0.0.0/8", true],
  ["10.0.0.1", true],
  ["fd00::/8", true],
  ["10.0.0.0/33", false],
  ["10.0.0.0/", false],
  ["10.0.0.0/8/8", false],
  ["proxy.example", false],
  ["*", false],
])("%s names a network: %s", (text, expected) => {
  expect(isNetwork(text)).toBe(expected);
});

describe("the network of an address", () => {
  it.each([
    ["10.1.2.3", "10.1.2.3"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["", ""],
  ])("%s is %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
