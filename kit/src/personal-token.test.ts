import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { isPersonalToken, personalToken, personalTokenHash } from "./personal-token.ts";

it("is made of 32 random bytes and says what it is", () => {
  const token = personalToken(Buffer.alloc(32, 7));
  expect(token).toBe(personalToken(Buffer.alloc(32, 7)));
  expect(token).toMatch(/^todo_pat_[A-Za-z0-9_-]{49}$/);
  expect(personalToken(randomBytes(32))).not.toBe(personalToken(randomBytes(32)));
  expect(() => personalToken(randomBytes(31))).toThrow(RangeError);
});

it("is told from whatever is none, by its form alone", () => {
  for (let i = 0; i < 200; i++) expect(isPersonalToken(personalToken(randomBytes(32)))).toBe(true);
  const token = personalToken(Buffer.alloc(32, 7));
  const mistyped = [...token].map((_, at) => `${token.slice(0, at)}!${token.slice(at + 1)}`);
  const swapped = `${token.slice(0, 20)}_${token.slice(21)}`;
  for (const other of ["", "todo_pat_", "eyJ.a.b", `${token}x`, token.slice(0, -1), swapped, ...mistyped]) {
    expect(isPersonalToken(other)).toBe(false);
  }
});

it("is kept as a hash of 32 bytes that tells nothing of it", () => {
  const token = personalToken(Buffer.alloc(32, 7));
  expect(personalTokenHash(token)).toHaveLength(32);
  expect(personalTokenHash(token)).toEqual(personalTokenHash(token));
  expect(personalTokenHash(`${token}x`)).not.toEqual(personalTokenHash(token));
});
