import { auditGroup, forgetOffsets, lagOf } from "../consumer-group.ts";
import type { Fault } from "../fault.ts";
import { end, startAgain } from "./processes.ts";

/** Everything that lies on the topic comes a second time. */
export function redelivery(): Fault {
  return {
    name: "audit: all events delivered again",
    kind: "delivered again",
    breaks: ["daprd:audit"],
    async strike(bed) {
      await end(bed, "daprd:audit", "SIGTERM");
      await forgetOffsets(bed.kafka, auditGroup);
      if ((await lagOf(bed.kafka, auditGroup)) === 0n) throw new Error("nothing is delivered again");
      const ended = performance.now();
      await startAgain(bed, "daprd:audit");
      return ended;
    },
  };
}
