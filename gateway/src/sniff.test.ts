import { expect, it } from "vitest";
import { httpVersionOf } from "#src/sniff.ts";

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

it.each([
  [preface, "http2"],
  [`${preface}\0\0\0`, "http2"],
  ["GET / HTTP/1.1\r\n", "http1"],
  ["POST", "http1"],
  ["PRI * HTTP/1.1\r\n", "http1"],
  ["\x16\x03\x01", "http1"],
  ["", undefined],
  ["P", undefined],
  [preface.slice(0, -1), undefined],
])("takes %j for %s", (text, version) => {
  expect(httpVersionOf(Buffer.from(text, "latin1"))).toBe(version);
});
