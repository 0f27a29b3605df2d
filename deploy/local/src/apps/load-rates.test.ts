import { readRates } from "@todo/gateway/rate/config";
import { readConfig } from "@todo/kit/config";
import { expect, it } from "vitest";
import { loadRates } from "./load-rates.ts";

it("leaves no limit of the gateway where it was", () => {
  const { address, user, programs } = readConfig(loadRates, readRates);
  const limits = [...Object.values(address), ...Object.values(user), programs];
  expect(new Set(limits)).toEqual(new Set([10_000_000]));
});
