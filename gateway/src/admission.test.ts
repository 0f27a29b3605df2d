import { expect, it } from "vitest";
import { createAdmission } from "#src/admission.ts";

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
