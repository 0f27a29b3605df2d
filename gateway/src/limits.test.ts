import { expect, it } from "vitest";
import { maxTimeoutMs, upstreamTimeoutMs } from "#src/limits.ts";

it("leaves a service a little less than the caller has left, and never nothing", () => {
  expect(upstreamTimeoutMs(false, 3000)).toBe(2980);
  expect(upstreamTimeoutMs(true, 3000)).toBe(2980);
  expect(upstreamTimeoutMs(false, 10)).toBe(1);
  expect(upstreamTimeoutMs(false, -5)).toBe(1);
});

it("gives a call that names no deadline ten seconds, a stream a quarter of an hour", () => {
  expect(upstreamTimeoutMs(false, undefined)).toBe(9980);
  expect(upstreamTimeoutMs(true, undefined)).toBe(899_980);
  expect([maxTimeoutMs(false), maxTimeoutMs(true)]).toEqual([30_000, 900_000]);
});
