import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { describe, expect, it, onTestFinished } from "vitest";
import { createFailpoints } from "./failpoint.ts";

describe("failpoints", () => {
  it("do nothing unless configured", () => {
    expect(createFailpoints({}).hit("relay.after-commit")).toBeUndefined();
    expect(createFailpoints({ inline: "other=throw" }).hit("relay.after-commit")).toBeUndefined();
  });

  it("throw where they are told to, as often as they are told to", () => {
    const points = createFailpoints({ inline: "a.b-c=throw:2, d=throw" });
    expect(() => points.hit("a.b-c")).toThrow("failpoint a.b-c");
    expect(() => points.hit("a.b-c")).toThrow();
    expect(points.hit("a.b-c")).toBeUndefined();
    expect(() => points.hit("d")).toThrow();
  });

  it("hold up whoever awaits them", async () => {
    await expect(createFailpoints({ inline: "a=delay:1" }).hit("a")).resolves.toBeUndefined();
  });

  it("hold up whoever awaits them until they are taken out of the file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "todo-failpoint-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "points");
    writeFileSync(file, "a=hold:1, b=hold");
    const points = createFailpoints({ file });
    const gone: string[] = [];
    const held = ["a", "b"].map(async (name) => {
      await points.hit(name);
      gone.push(name);
    });
    expect(points.hit("a")).toBeUndefined();
    writeFileSync(file, "a=hold:1");
    await held[1];
    expect(gone).toEqual(["b"]);
    rmSync(file);
    await held[0];
  });

  it("follow a file that changes, and note there what fired", () => {
    const folder = mkdtempSync(join(tmpdir(), "todo-failpoint-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "points");
    const points = createFailpoints({ file });
    expect(points.hit("a")).toBeUndefined();
    writeFileSync(file, "a=throw:1\n");
    expect(() => points.hit("a")).toThrow();
    expect(points.hit("a")).toBeUndefined();
    writeFileSync(file, "a=throw");
    expect(() => points.hit("a")).toThrow();
    expect(readFileSync(`${file}.fired`, "utf8")).toBe("a\na\n");
  });

  it("kill the process as a power cut would: no exit handler runs", () => {
    const code = `
      import { createFailpoints } from ${JSON.stringify(join(import.meta.dirname, "failpoint.ts"))};
      process.on("exit", () => console.log("exit handler"));
      createFailpoints({ inline: "a=kill" }).hit("a");
      setTimeout(() => console.log("still here"), 5000);`;
    let died: { signal?: string; stdout?: Buffer } = {};
    try {
      execFileSync(execPath, ["--input-type=module-typescript", "--eval", code], {
        stdio: ["ignore", "pipe", "ignore"],
      });
    } catch (error) {
      died = error as typeof died;
    }
    expect(died.signal).toBe("SIGKILL");
    expect(died.stdout?.toString()).toBe("");
  }, 30_000);

  it("refuse what they do not understand at the start", () => {
    expect(() => createFailpoints({ inline: "a=explode" })).toThrow("a=explode is no failpoint");
  });
});
