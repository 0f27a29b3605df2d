import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { placeholder } from "../testing/placeholder.ts";
import { fillIn, renderFolder } from "./render.ts";

describe("rendering", () => {
  it("fills in values as the inside of a quoted text", () => {
    const text = `source: "${placeholder("IDENTITY_JWKS")}"`;
    expect(fillIn(text, { IDENTITY_JWKS: '{"keys":[]}' })).toBe('source: "{\\"keys\\":[]}"');
  });

  it("leaves other dollars alone", () => {
    expect(fillIn('value: "^(traceparent)$"', {})).toBe('value: "^(traceparent)$"');
  });

  it("fails on a name without a value", () => {
    expect(() => fillIn(`a: "${placeholder("NOBODY_KNOWS")}"`, {})).toThrow("NOBODY_KNOWS");
  });

  it("leaves nothing of an earlier rendering", async () => {
    const folder = await mkdtemp(join(tmpdir(), "todo-render-"));
    const [from, to] = [join(folder, "from"), join(folder, "to")];
    await mkdir(join(from, "resources"), { recursive: true });
    await mkdir(to);
    await writeFile(join(to, "old.yaml"), "");
    await writeFile(join(from, "resources", "kafka.yaml"), `b: "${placeholder("BROKERS")}"`);
    await renderFolder(from, to, { BROKERS: "127.0.0.1:1" });
    expect(await readdir(to)).toEqual(["resources"]);
    expect(await readFile(join(to, "resources", "kafka.yaml"), "utf8")).toBe('b: "127.0.0.1:1"');
    await rm(folder, { recursive: true });
  });
});
