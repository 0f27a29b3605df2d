import { expect, it } from "vitest";
import { within } from "./within.ts";

it("gives the task's own end if that comes in time", async () => {
  expect(await within(10_000, Promise.resolve(1))).toBe(1);
  await expect(within(10_000, Promise.reject(new Error("its own")))).rejects.toThrow("its own");
});

it("gives up on a task that does not end", async () => {
  await expect(within(1, new Promise(() => {}))).rejects.toMatchObject({ name: "TimeoutError" });
});
