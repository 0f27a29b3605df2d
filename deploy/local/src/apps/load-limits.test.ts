import { readGatewayConfig } from "@todo/gateway/config";
import { expect, it } from "vitest";
import { loadLimits } from "./load-limits.ts";

it("leaves one user and one address all that the gateway has", () => {
  const config = readGatewayConfig({
    DAPR_GRPC_PORT: "1",
    DAPR_HTTP_PORT: "1",
    DAPR_API_TOKEN: "token",
    SIGNING_KEY: "{}",
    ...loadLimits,
  });
  const { address, user, programs } = config.rates;
  const rates = [...Object.values(address), ...Object.values(user), programs];
  expect(new Set(rates)).toEqual(new Set([10_000_000]));
  expect(config.maxCallsPerUser).toBe(config.maxCalls);
  expect(config.maxConnectionsPerAddress).toBe(config.maxConnections);
});
