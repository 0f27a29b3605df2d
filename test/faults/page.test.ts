import { expect, it } from "vitest";
import { keepingSections, withSection } from "./page.ts";

const page = "# Page\n\nText.\n\n## One\n\n1\n\n### Deeper\n\n## Two\n\n2\n";

it("a section takes the place of the one with its heading, and a new one comes last", () => {
  expect(withSection(page, "## One\n\nnew\n")).toBe("# Page\n\nText.\n\n## One\n\nnew\n\n## Two\n\n2\n");
  expect(withSection(page, "## Three\n\n3\n")).toBe(`${page}\n## Three\n\n3\n`);
});

it("a page written anew keeps the sections that it does not have itself", () => {
  const anew = "# Page\n\nNew text.\n\n## Two\n\nnew\n";
  expect(keepingSections(anew, page)).toBe(`${anew}\n## One\n\n1\n\n### Deeper\n`);
});
