import { describe, expect, it } from "vitest";
import { table } from "./table.ts";
import { parseEventsCall, UsageError } from "./usage.ts";

describe("npm run events", () => {
  it.each([
    ["", { command: { name: "help" } }],
    ["redrive --help", { command: { name: "help" } }],
    ["lag --json", { command: { name: "lag" }, json: true }],
    ["parked", { command: { name: "parked", consumer: "", key: "" }, json: false }],
    ["parked audit k1", { command: { name: "parked", consumer: "audit", key: "k1" } }],
    [
      "dead --topic task.events",
      { command: { name: "dead", consumer: "", topic: "task.events", limit: 50 } },
    ],
    ["dead audit --limit 7", { command: { name: "dead", consumer: "audit", topic: "", limit: 7 } }],
    ["show e1 --data /tmp/x", { command: { name: "show", id: "e1" }, data: "/tmp/x" }],
    ["redrive audit k1", { command: { name: "redrive", consumer: "audit", key: "k1", dryRun: false } }],
    ["redrive raw-1", { command: { name: "redrive-letter", id: "raw-1" } }],
    ["redrive audit k1 --dry-run", { command: { name: "redrive", key: "k1", dryRun: true } }],
  ])("reads `%s`", (typed, call) => {
    expect(parseEventsCall(typed.split(" ").filter((word) => word !== ""))).toMatchObject(call);
  });

  it.each([
    "lags",
    "lag now",
    "show",
    "show a b",
    "redrive",
    "dead --limit none",
    "parked a b c",
    "lag --now",
  ])("does not take `%s` for a command", (typed) => {
    expect(() => parseEventsCall(typed.split(" "))).toThrow(UsageError);
  });
});

describe("a table", () => {
  it("aligns its columns, numbers to the right, and keeps the cursor where it is", () => {
    expect(
      table(
        ["NAME", "LAG"],
        [
          ["a\u001b[2J", 7n],
          ["longer", 1200n],
        ],
      ),
    ).toBe("NAME     LAG\na\uFFFD[2J      7\nlonger  1200");
  });
});
