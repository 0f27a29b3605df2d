import type { Fault } from "./fault.ts";
import { seededRandom } from "./random.ts";

/** What a short run holds one of. */
export const shortKinds: readonly string[] = [
  "kafka away",
  "postgres away",
  "app ends",
  "sidecar ends",
  "ground ends",
  "frozen",
  "wire cut",
  "wire silent",
  "names gone",
  "names locked",
  "sidecar deaf",
  "two leaders",
  "delivered again",
  "at once",
];

/** One fault of each kind, as a seed chooses. */
export function oneOfEachKind(faults: readonly Fault[], seed: number): Fault[] {
  const random = seededRandom(seed);
  return shortKinds.map((kind) => {
    const ofKind = faults.filter((fault) => fault.kind === kind);
    const fault = ofKind[random.below(ofKind.length)];
    if (fault === undefined) throw new Error(`there is no fault of the kind ${kind}`);
    return fault;
  });
}
