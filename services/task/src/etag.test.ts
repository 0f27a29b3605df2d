import { reasonName } from "@todo/kit/errors";
import { describe, expect, it } from "vitest";
import { etagOf, versionOf } from "./etag.ts";
import { newTaskId } from "./task-id.ts";

const now = new Date("2026-03-01T12:00:00Z");

function reasonOfThrown(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return reasonName((error as { reason: Parameters<typeof reasonName>[0] }).reason);
  }
  throw new Error("nothing was thrown");
}

describe("an etag", () => {
  it("stands for a version of its task", () => {
    const id = newTaskId(now);
    expect(versionOf(etagOf({ id, version: 7 }), id)).toBe(7);
    expect(versionOf(etagOf({ id, version: 7 }), id.toUpperCase())).toBe(7);
    expect(versionOf("", id)).toBeUndefined();
  });

  it("differs from task to task and from version to version", () => {
    const [a, b] = [newTaskId(now), newTaskId(now)];
    const etags = [
      etagOf({ id: a, version: 1 }),
      etagOf({ id: a, version: 2 }),
      etagOf({ id: b, version: 1 }),
    ];
    expect(new Set(etags).size).toBe(3);
  });

  it("of another task or of nobody's making is refused", () => {
    const [a, b] = [newTaskId(now), newTaskId(now)];
    const genuine = etagOf({ id: a, version: 1 });
    for (const etag of [
      etagOf({ id: b, version: 1 }),
      "1",
      "AAAA",
      `${genuine}A`,
      `${genuine}=`,
      "\u{1F95B}",
    ]) {
      expect(reasonOfThrown(() => versionOf(etag, a))).toBe("ETAG_INVALID");
    }
  });
});
