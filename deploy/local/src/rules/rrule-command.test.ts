import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repository } from "../repository.ts";

const entry = join(repository, "deploy/local/run.mjs");

function rrule(args: string[], input = "") {
  const run = spawnSync(process.execPath, [entry, "rrule", ...args], {
    input,
    encoding: "utf8",
    timeout: 60_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  return { ...run, lines: run.stdout.split("\n").slice(0, -1) };
}

describe("the command rrule", { timeout: 60_000 }, () => {
  it("answers every vector on its standard output, and writes nothing else there [R016]", () => {
    const rows = readFileSync(join(repository, "test/vectors/rrule.jsonl"), "utf8");
    const { status, lines } = rrule([], rows);
    expect(status).toBe(0);
    const wanted = rows
      .trim()
      .split("\n")
      .map((row) => JSON.parse(row));
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      wanted.map(({ id, occurrences }) => ({ id, occurrences })),
    );
  });

  it("says where it stops though the series goes on, and does not stop what begins behind that", () => {
    const yearly = { rrule: "FREQ=YEARLY;INTERVAL=50", dtstart: "2026-01-01T09:00:00" };
    const late = { rrule: "FREQ=DAILY", dtstart: "9999-12-30T09:00:00" };
    const { lines, stderr } = rrule([], `${JSON.stringify(yearly)}\n${JSON.stringify(late)}`);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { occurrences: ["2026-01-01T09:00:00Z", "2076-01-01T09:00:00Z"] },
      { occurrences: ["9999-12-30T09:00:00Z", "9999-12-31T09:00:00Z"] },
    ]);
    expect(stderr).toBe("line 1: lists the occurrences before the year 2100, and goes on after it\n");
    const shown = rrule(["FREQ=DAILY", "9999-12-30T09:00:00", "utc"]);
    expect(shown.lines.at(-1)).toBe("no more: dates end with the year 9999");
  });

  it("answers a line that it cannot take with an error, and goes on", () => {
    const right = { rrule: "FREQ=DAILY", dtstart: "2026-03-29T09:00:00", tzid: "Europe/Berlin", limit: 1 };
    const { lines } = rrule(
      [],
      `{"rrule":\n{}\n${JSON.stringify({ ...right, rrule: "FREQ=DAILY;BYHOUR=25" })}
${JSON.stringify(right)}`,
    );
    expect(lines.slice(0, 3).map((line) => Object.keys(JSON.parse(line)))).toEqual([
      ["error"],
      ["error"],
      ["error"],
    ]);
    expect(lines[2]).toContain("BYHOUR");
    expect(lines.slice(3)).toEqual(['{"occurrences":["2026-03-29T07:00:00Z"]}']);
  });

  it("shows a person the occurrences of one rule, or where it is wrong", () => {
    const right = rrule(["FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", "2026-03-01T02:30:00", "Europe/Berlin"]);
    expect(right.stdout).toContain("2026-03-27T02:30:00   2026-03-27T01:30:00Z");
    const wrong = rrule(["FREQ=DAILY;BYHOUR=25"]);
    expect(wrong.status).toBe(1);
    expect(wrong.lines.slice(0, 2)).toEqual(["FREQ=DAILY;BYHOUR=25", `${" ".repeat(18)}^^`]);
  });
});
