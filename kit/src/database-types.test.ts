import pg from "pg";
import { expect, test } from "vitest";
import { databaseTypes } from "./database-types.ts";

const { TIMESTAMPTZ, INT8, JSONB } = pg.types.builtins;

test("times are read as pg reads them", () => {
  const read = databaseTypes.getTypeParser(TIMESTAMPTZ, "text");
  const pgs = pg.types.getTypeParser(TIMESTAMPTZ, "text");
  for (const text of [
    ...["2026-11-21 12:00:00+00", "2026-11-21 12:00:00.1+00", "2026-11-21 12:00:00.999999+00"],
    ...["0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999+00", "10000-01-01 00:00:00+00"],
    ...["0044-03-15 12:00:00+00 BC", "2026-11-21 13:00:00+01", "1890-01-01 00:53:28+00:53:28"],
    ...["infinity", "-infinity"],
  ]) {
    expect(read(text), text).toEqual(pgs(text));
  }
});

test("everything else is left to pg", () => {
  for (const id of [INT8, JSONB]) {
    expect(databaseTypes.getTypeParser(id, "text")).toBe(pg.types.getTypeParser(id, "text"));
  }
});
