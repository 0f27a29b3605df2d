import { describe, expect, it } from "vitest";
import { localeTagged, nameWritten } from "./profile.ts";

describe("a locale", () => {
  it("is made canonical", () => {
    expect(localeTagged("de-at")).toBe("de-AT");
    expect(localeTagged("zh-hant-tw")).toBe("zh-Hant-TW");
  });
  it("is refused when it is not a BCP 47 tag", () => {
    for (const text of ["", "e", "de_AT", "english-language-of-britain", "-"]) {
      expect(localeTagged(text)).toBeUndefined();
    }
  });
});

describe("a name", () => {
  it("loses the space around it", () => {
    expect(nameWritten("  Ada Lovelace ")).toBe("Ada Lovelace");
  });
  it("is refused beyond 100 characters or with control characters", () => {
    expect(nameWritten("x".repeat(100))).toHaveLength(100);
    expect(nameWritten("x".repeat(101))).toBeUndefined();
    expect(nameWritten("Ada\u0000")).toBeUndefined();
  });
});
