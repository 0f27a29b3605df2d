import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { answerLine } from "./lines.ts";

const path = fileURLToPath(new URL("../../test/vectors/rrule.jsonl", import.meta.url));
const rows = readFileSync(path, "utf8").trim().split("\n");

it("every one of the 2,500 vectors is answered exactly [R016] [R022] [R024]", () => {
  expect(rows).toHaveLength(2500);
  for (const row of rows) {
    const { id, occurrences } = JSON.parse(row);
    expect(JSON.parse(answerLine(row))).toEqual({ id, occurrences });
  }
}, 60_000);

it("a complete vector has no occurrence more, however many are asked for [R022]", () => {
  for (const row of rows) {
    const { id, occurrences, complete, ...rule } = JSON.parse(row);
    if (!complete) continue;
    const answer = JSON.parse(answerLine(JSON.stringify({ ...rule, id, limit: 1000 })));
    expect(answer).toEqual({ id, occurrences });
  }
}, 60_000);
