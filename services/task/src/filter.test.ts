import { create } from "@bufbuild/protobuf";
import { TaskFilterSchema } from "@todo/proto/todo/task/v1/task_filter";
import { describe, expect, it } from "vitest";
import { filterOf } from "./filter.ts";

const due = (seconds: bigint, nanos: number) =>
  filterOf(create(TaskFilterSchema, { dueUntil: { seconds, nanos } })).dueUntil?.toISOString();

describe("a bound of a filter", () => {
  it("is rounded up to the millisecond, but not beyond the year 9999", () => {
    expect(due(1n, 1)).toBe("1970-01-01T00:00:01.001Z");
    expect(due(253_402_300_799n, 0)).toBe("9999-12-31T23:59:59.000Z");
    expect(due(253_402_300_799n, 999_999_999)).toBe("9999-12-31T23:59:59.999Z");
  });
});
