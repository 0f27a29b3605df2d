import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../fault.ts";
import { kafkaWire, type WireName } from "../ground/ground.ts";
import type { Wire } from "../ground/toxiproxy.ts";
import { assertEventsWait } from "../outbox-watch.ts";

/** How a wire can be bad. */
export interface Trouble {
  readonly what: string;
  readonly kind: string;
  /** Whether nothing gets through. */
  readonly severs?: boolean;
  begin(wire: Wire): Promise<void>;
}

export const cut: Trouble = { what: "cut", kind: "wire cut", severs: true, begin: (wire) => wire.cut() };

/** All troubles; the answers suffer, and where it makes a difference the questions too. */
export const troubles: readonly Trouble[] = [
  cut,
  {
    what: "300 ms slower",
    kind: "wire slow",
    begin: (wire) => wire.spoil({ type: "latency", attributes: { latency: 300, jitter: 50 } }),
  },
  {
    what: "of 2 KB/s",
    kind: "wire slow",
    begin: (wire) => wire.spoil({ type: "bandwidth", attributes: { rate: 2 } }),
  },
  {
    what: "silent",
    kind: "wire silent",
    severs: true,
    begin: async (wire) => {
      await wire.spoil({ type: "timeout", attributes: { timeout: 0 } });
      await wire.spoil({ type: "timeout", stream: "upstream", attributes: { timeout: 0 } });
    },
  },
  {
    what: "reset half a second after each answer begins",
    kind: "wire reset",
    begin: (wire) => wire.spoil({ type: "reset_peer", attributes: { timeout: 500 } }),
  },
];

/** A wire is bad for a while. */
export function badWire(
  name: WireName,
  trouble: Trouble,
  forMs: number,
  rule: Pick<Fault, "readiness"> = {},
): Fault {
  const [from, to] = name.split("-");
  return {
    name: `${from} to ${to}: ${trouble.what} for ${forMs / 1000} s`,
    kind: trouble.kind,
    breaks: [name],
    ...rule,
    async strike(bed) {
      await trouble.begin(bed.wire(name));
      await sleep(forMs);
      if (trouble.severs && name === kafkaWire) await assertEventsWait(bed, forMs / 2);
      await bed.wire(name).heal();
      return performance.now();
    },
  };
}
