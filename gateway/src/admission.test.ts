import { expect, it } from "vitest";
import { createAdmission, createKeyedAdmission } from "#src/admission.ts";

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
