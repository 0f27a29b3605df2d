import { isAPIError } from "better-auth/api";
import { describe, expect, it } from "vitest";
import { checkUser } from "./user-rules.ts";

function codeOf(user: Record<string, unknown>): unknown {
  try {
    return checkUser(user);
  } catch (error) {
    return isAPIError(error) ? [error.statusCode, error.body?.code] : error;
  }
}

describe("what the provider writes of a user", () => {
  it("leaves alone what it does not rule", () => {
    expect(checkUser({ emailVerified: true, name: undefined })).toEqual({});
  });

  it("is made canonical", () => {
    expect(checkUser({ name: " Ada ", zone: "europe/berlin", locale: "de-at" })).toEqual({
      name: "Ada",
      zone: "Europe/Berlin",
      locale: "de-AT",
    });
  });

  it("falls back to the defaults for what is empty", () => {
    expect(checkUser({ zone: "", locale: null })).toEqual({ zone: "UTC", locale: "en" });
  });

  it.each([
    [{ zone: "Mars/Olympus" }, "INVALID_ZONE"],
    [{ zone: 7 }, "INVALID_ZONE"],
    [{ locale: "de_AT" }, "INVALID_LOCALE"],
    [{ name: "x".repeat(101) }, "INVALID_NAME"],
    [{ name: "a\u0000b" }, "INVALID_NAME"],
    [{ email: `${"x".repeat(250)}@todo.example` }, "INVALID_EMAIL"],
    [{ image: "x".repeat(2049) }, "INVALID_IMAGE"],
  ])("is refused as %j with %s", (user, code) => {
    expect(codeOf(user)).toEqual([400, code]);
  });
});
