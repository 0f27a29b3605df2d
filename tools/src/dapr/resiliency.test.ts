import { describe, expect, it } from "vitest";
import { resiliency } from "./resiliency.ts";

interface Resiliency {
  scopes: string[];
  spec: {
    policies: {
      retries: Record<string, { policy: string; maxInterval: string; maxRetries: number; matching?: object }>;
    };
    targets: { apps?: object; components?: object };
  };
}

const of = (app: Parameters<typeof resiliency>[0]) => resiliency(app) as unknown as Resiliency;

describe("the retries of a sidecar", () => {
  it("repeat a call only when the callee could not be reached, and only where no repetition does harm [R075]", () => {
    const { call } = of("gateway").spec.policies.retries;
    expect(call).toMatchObject({ maxRetries: 2, matching: { gRPCStatusCodes: "14" } });
    expect(of("gateway").spec.targets.apps).toEqual({
      task: { retry: "call" },
      audit: { retry: "call" },
      recurrence: { retry: "call" },
    });
  });

  it("offer an event for more than ten minutes, and not for ever [R065]", () => {
    const { delivery } = of("audit").spec.policies.retries;
    const [cap, tries] = [Number.parseInt(delivery?.maxInterval ?? "", 10), delivery?.maxRetries ?? 0];
    // Each pause is at least half of what it grew to: 0.5 s, x 1.5, up to the cap.
    let [least, pause] = [0, 0.5];
    for (let i = 0; i < tries; i++) [least, pause] = [least + pause / 2, Math.min(pause * 1.5, cap)];
    expect(delivery?.policy).toBe("exponential");
    expect(least).toBeGreaterThan(11 * 60);
    expect(tries).toBeGreaterThan(0);
  });

  it("are of the app's own sidecar, and of none that neither calls nor consumes", () => {
    expect(of("audit").scopes).toEqual(["audit"]);
    expect(resiliency("identity")).toBeUndefined();
  });
});
