import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { newSigningKey, publicKeySet } from "../secrets/signing-keys.ts";
import { workloadToken } from "./workload-tokens.ts";

describe("the token of a sidecar", () => {
  it("names it and sentry, and verifies by the public key alone [R084]", async () => {
    const key = newSigningKey("workload");
    const bundle = publicKeySet([key]);
    expect(bundle).not.toContain(JSON.parse(key).d);
    const { payload } = await jwtVerify(
      await workloadToken(key, "task"),
      createLocalJWKSet(JSON.parse(bundle)),
      {
        audience: "spiffe://localhost/ns/default/dapr-sentry",
        subject: "spiffe://public/ns/default/task",
      },
    );
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(48 * 3600);
  });
});
