import { afterAll, beforeAll, describe } from "vitest";
import { accessSuite } from "./access.suite.ts";
import { accountSuite } from "./account.suite.ts";
import { badInputSuite } from "./bad-input.suite.ts";
import { badInputMatrixSuite } from "./bad-input-matrix.suite.ts";
import { type Bed, startBed } from "./bed.ts";
import { callFormsSuite } from "./call-forms.suite.ts";
import { deadLettersSuite } from "./dead-letters.suite.ts";
import { deliverySuite } from "./delivery.suite.ts";
import { doctorSuite } from "./doctor.suite.ts";
import { edgesSuite } from "./edges.suite.ts";
import { eventsSuite } from "./events.suite.ts";
import { isolationSuite } from "./isolation.suite.ts";
import { kafkaAccessSuite } from "./kafka-access.suite.ts";
import { metricsSuite } from "./metrics.suite.ts";
import { readmeSuite } from "./readme.suite.ts";
import { redactionSuite } from "./redaction.suite.ts";
import { seriesSuite } from "./series.suite.ts";
import { tokensSuite } from "./tokens.suite.ts";

/** One system for all suites: it is the same code that `npm start` runs. */
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

  callFormsSuite(theBed);
  eventsSuite(theBed);
  isolationSuite(theBed);
  tokensSuite(theBed);
  accessSuite(theBed);
  accountSuite(theBed);
  kafkaAccessSuite(theBed);
  badInputSuite(theBed);
  badInputMatrixSuite(theBed);
  seriesSuite(theBed);
  readmeSuite(theBed);
  deadLettersSuite(theBed);
  metricsSuite(theBed);
  edgesSuite(theBed);
  redactionSuite(theBed);
  doctorSuite(theBed);
  deliverySuite(theBed);
});
