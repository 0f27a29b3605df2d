import type { Comparison } from "#src/report/figure.ts";
import { notMeasured } from "#src/report/figure.ts";
import type { Bench } from "../bench.ts";
import { compareOperations } from "./compare-operations.ts";
import { compareWhole } from "./compare-whole.ts";
import { installPeer, NoPeerError } from "./install.ts";

/** What our tasks are worth against those of a current Python stack. A machine without Python has none to compare with. */
export async function comparePeers(bench: Bench): Promise<Comparison[]> {
  try {
    const installed = await installPeer(bench);
    return [await compareOperations(bench, installed), await compareWhole(bench, installed)];
  } catch (error) {
    if (!(error instanceof NoPeerError)) throw error;
    const about = "A task app of FastAPI and SQLModel, which is installed from PyPI.";
    return [notMeasured({ title: "Five operations against FastAPI", about, why: error.message })];
  }
}
