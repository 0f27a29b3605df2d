import { afterAll, beforeAll, describe } from "vitest";
import { type Bed, startBed } from "./bed.ts";
import { seriesSuite } from "./series.suite.ts";

describe("the mesh", () => {
  let bed: Bed | undefined;
  const theBed = (): Bed => {
    if (bed === undefined) throw new Error("the system did not start");
    return bed;
  };
  beforeAll(async () => {
    bed = await startBed();
  });
  afterAll(async () => {
    await bed?.[Symbol.asyncDispose]();
  });
  seriesSuite(theBed);
});
