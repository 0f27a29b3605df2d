import { describe, expect, it } from "vitest";
import { localeTagged, nameWritten, zoneNamed } from "./profile.ts";

describe("a time zone", () => {
  it("is taken when IANA has it, aliases included", () => {
    for (const zone of ["UTC", "Europe/Berlin", "Asia/Kolkata", "Europe/Kyiv", "Australia/Lord_Howe"]) {
      expect(zoneNamed(zone)).toBe(zone);
    }
  });
  it("is spelled as IANA spells it", () => {
    expect(zoneNamed("europe/berlin")).toBe("Europe/Berlin");
    expect(zoneNamed("utc")).toBe("UTC");
  });
  it("is refused when nobody knows it, and so is a bare offset", () => {
    for (const text of ["Mars/Olympus", "", "+01:00", "-0300", "Europe/", "UTC; drop table"]) {
      expect(zoneNamed(text)).toBeUndefined();
    }
  });
});

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
