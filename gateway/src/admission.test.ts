import { describe, expect, it } from "vitest";
import { createAdmission, createFairAdmission, createKeyedAdmission } from "#src/admission.ts";

it("takes as many as there is room for, and gives a place up once", () => {
  const admission = createAdmission(2);
  const first = admission.enter();
  const second = admission.enter();
  expect(admission.enter()).toBeUndefined();
  first?.();
  first?.();
  expect(admission.size).toBe(1);
  expect(admission.enter()).toBeDefined();
  expect(admission.enter()).toBeUndefined();
  second?.();
  expect(admission.size).toBe(1);
});

it("keeps places for each key apart, and remembers no key that left", () => {
  const admission = createKeyedAdmission(1);
  const first = admission.enter("a");
  expect(admission.enter("a")).toBeUndefined();
  const other = admission.enter("b");
  expect(other).toBeDefined();
  first?.();
  const second = admission.enter("a");
  expect(second).toBeDefined();
  first?.();
  expect(admission.enter("a")).toBeUndefined();
  expect(admission.enter("b")).toBeUndefined();
});

describe("places that many share", () => {
  const share = (limit: number, perKey: number) =>
    createFairAdmission({ all: createAdmission(limit), perKey, what: "calls", who: "user" });
  const taken = (answers: readonly unknown[]) =>
    answers.filter((answer) => typeof answer !== "string").length;

  it("are refused to a key that has its own, and to all when there are none, with a text that says which", () => {
    const places = share(4, 3);
    for (let n = 0; n < 3; n++) expect(places.enter("a")).toBeTypeOf("function");
    expect(places.enter("a")).toBe("too many calls of this user at once");
    expect(places.enter("b")).toBeTypeOf("function");
    expect(places.enter("b")).toBeTypeOf("function");
    expect(places.enter("b")).toBe("too many calls at once");
  });

  it("keep a reserve of a quarter for those who hold less than an equal part", () => {
    const places = share(8, 8);
    expect(taken(Array.from({ length: 10 }, () => places.enter("greedy")))).toBe(8);
    expect(taken(Array.from({ length: 5 }, () => places.enter("modest")))).toBe(2);
    expect(places.enter("late")).toBe("too many calls at once");
  });

  it("are as many as before when all were given up, each once", () => {
    const places = share(4, 4);
    const leave = ["a", "a", "a", "a", "b"].map((key) => places.enter(key));
    for (const each of [...leave, ...leave]) if (typeof each === "function") each();
    expect(taken(Array.from({ length: 6 }, () => places.enter("a")))).toBe(4);
    expect(places.enter("b")).toBeTypeOf("function");
    expect(places.enter("b")).toBeTypeOf("string");
  });
});
