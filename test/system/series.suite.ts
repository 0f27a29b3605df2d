import type { Bed } from "./bed.ts";
import { completingSuite } from "./series/completing.ts";
import { downtimeSuite } from "./series/downtime.ts";
import { stalledSuite } from "./series/stalled.ts";
import { takingBackSuite } from "./series/taking-back.ts";
import { waysSuite } from "./series/ways.ts";

/** Tasks that repeat: exactly one next task each time, over the real mesh. */
export function seriesSuite(bed: () => Bed): void {
  completingSuite(bed);
  takingBackSuite(bed);
  downtimeSuite(bed);
  waysSuite(bed);
  stalledSuite(bed);
}
