import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pageToken, readPageToken } from "./page.ts";

const position = fc.array(fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)));
const bind = fc.array(fc.string());

describe("a page token", () => {
  it("gives back the position to the request that it was made for", () => {
    fc.assert(
      fc.property(bind, position, (bound, at) => {
        expect(readPageToken(pageToken(bound, at), bound)).toEqual(at);
      }),
    );
  });

  it("is refused by every other request", () => {
    fc.assert(
      fc.property(bind, bind, position, (one, other, at) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(() => readPageToken(pageToken(one, at), other)).toThrow(
          "page_token does not belong to this request",
        );
      }),
    );
  });

  it("is refused once any of its characters is another one", () => {
    const token = pageToken(["user", "order=due"], ["2026-01-01", "id"]);
    for (let i = 0; i < token.length; i++) {
      const other = token[i] === "A" ? "B" : "A";
      const changed = token.slice(0, i) + other + token.slice(i + 1);
      expect(() => readPageToken(changed, ["user", "order=due"]), changed).toThrow();
    }
  });

  it.each(["", "A", "not a token", "ünïcode", "=".repeat(20), "A".repeat(2_000)])(
    "is refused as %j",
    (token) => {
      expect(() => readPageToken(token, [])).toThrow("page_token does not belong to this request");
    },
  );

  it.each(["{", "7", "null", '{"a":1}'])("is refused if somebody made it from %s", (json) => {
    const bytes = Buffer.concat([
      createHash("sha256").update("|").update(json).digest().subarray(0, 9),
      Buffer.from(json),
    ]);
    expect(() => readPageToken(bytes.toString("base64url"), [])).toThrow(
      "page_token does not belong to this request",
    );
  });

  it("fits into a request's field with the longest title in a script of three bytes", () => {
    const id = "0190a1b2-0000-7000-8000-000000000001";
    expect(pageToken(["u", "f", "title"], ["界".repeat(200), id]).length).toBeLessThanOrEqual(1_024);
  });
});
