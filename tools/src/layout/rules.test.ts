import { describe, expect, it } from "vitest";
import { breaches } from "./rules.ts";

describe("the rules of the tree", () => {
  it("accept a file that says what it is", () => {
    expect(breaches([{ path: "kit/src/outbox.ts", text: "export const a = 1;\n" }])).toEqual([]);
  });

  it.each(["kit/src/utils.ts", "services/task/src/index.ts", "gateway/src/helpers.ts"])(
    "refuse the name %s",
    (path) => {
      expect(breaches([{ path, text: "" }])).toHaveLength(1);
    },
  );

  it("refuse a file that nobody reads to its end", () => {
    expect(breaches([{ path: "kit/src/relay.ts", text: "\n".repeat(301) }])[0]).toContain("301 lines");
  });

  it("refuse tests that are left out", () => {
    const text = ["it", "skip('later', () => {});"].join(".");
    expect(breaches([{ path: "kit/src/relay.test.ts", text }])[0]).toContain("leaves tests out");
  });

  it("refuse two decisions of one number", () => {
    const files = ["0001-a.md", "0002-b.md", "0002-c.md"].map((name) => ({
      path: `docs/adr/${name}`,
      text: "",
    }));
    expect(breaches(files)).toEqual(["docs/adr/0002-b.md and docs/adr/0002-c.md: decisions of one number"]);
  });
});
