import { expect, it } from "vitest";
import { endingOf } from "./caller.ts";

const retry = { type: "google.rpc.RetryInfo", value: "CgIIAQ" };
const body = (code: string, ...details: object[]) => JSON.stringify({ code, details });

it("a call is refused as it should be if it is told by one of two codes when to come back", () => {
  expect(endingOf({ status: 200, body: "{}" })).toBe("done");
  expect(endingOf({ status: 429, body: body("resource_exhausted", retry) })).toBe("refused");
  expect(endingOf({ status: 503, body: body("unavailable", retry) })).toBe("refused");
  expect(endingOf({ status: 503, body: body("unavailable") })).toBe("unavailable without RetryInfo");
  expect(endingOf({ status: 504, body: body("deadline_exceeded") })).toBe("deadline_exceeded");
});
