import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createVault } from "#src/vault.ts";

const vault = createVault(randomBytes(32));
const key = vault.unwrap(vault.create("ada"), "ada");

describe("a user's key", () => {
  it("opens what it sealed, at the place it was sealed for", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (plain, place) => {
        expect(Buffer.from(key.open(key.seal(plain, place), place))).toEqual(Buffer.from(plain));
      }),
    );
  });

  it("refuses a sealed value in which any bit was changed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(), fc.nat(7), (plain, at, bit) => {
        const sealed = key.seal(plain, "ada/1");
        const index = at % sealed.length;
        sealed[index] = (sealed[index] ?? 0) ^ (1 << bit);
        expect(() => key.open(sealed, "ada/1")).toThrow();
      }),
    );
  });

  it("refuses a sealed value that was cut short", () => {
    const sealed = key.seal(Buffer.from("milk"), "ada/1");
    for (let end = 0; end < sealed.length; end++) {
      expect(() => key.open(sealed.subarray(0, end), "ada/1")).toThrow();
    }
  });

  it("refuses a sealed value at another place", () => {
    expect(() => key.open(key.seal(Buffer.from("milk"), "ada/1"), "ada/2")).toThrow();
  });

  it("never seals the same value twice alike", () => {
    const sealed = () => Buffer.from(key.seal(Buffer.from("milk"), "ada/1")).toString("hex");
    expect(new Set(Array.from({ length: 100 }, sealed)).size).toBe(100);
  });
});

describe("a wrapped key", () => {
  it("opens for no other user", () => {
    expect(() => vault.unwrap(vault.create("ada"), "bob")).toThrow();
  });

  it("opens under no other master key", () => {
    const other = createVault(randomBytes(32));
    expect(() => other.unwrap(vault.create("ada"), "ada")).toThrow();
  });
});
