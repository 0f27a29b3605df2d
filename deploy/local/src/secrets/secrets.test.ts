import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureSecrets } from "./secrets.ts";

describe("the secrets of a data folder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "todo-secrets-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("are made once and stay, also when an app joins", async () => {
    const before = await ensureSecrets(folder, ["task"]);
    const after = await ensureSecrets(folder, ["task", "search"]);
    expect(after.apps["task"]).toEqual(before.apps["task"]);
    expect(after.operatorKey).toEqual(before.operatorKey);
    expect(after.auditMasterKey).toEqual(before.auditMasterKey);
    const kids = JSON.parse(after.keyBundle.value).keys.map((key: { kid: string }) => key.kid);
    expect(kids).toEqual(["task", "search", "operator"]);
  });

  it("are read by their owner alone", async () => {
    await ensureSecrets(folder, ["task"]);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      expect(mode & 0o077, entry.name).toBe(0);
    }
  });

  it("differ from app to app", async () => {
    const { apps } = await ensureSecrets(folder, ["task", "audit"]);
    const values = Object.values(apps).flatMap((own) => Object.values(own).map(({ value }) => value));
    expect(new Set(values).size).toBe(8);
  });

  it("give away no private key with the public ones", async () => {
    const { apps, operatorKey, keyBundle } = await ensureSecrets(folder, ["task"]);
    for (const key of [apps["task"]?.signingKey, operatorKey]) {
      const { d } = JSON.parse(key?.value ?? "{}");
      expect(await readFile(keyBundle.path, "utf8")).not.toContain(d);
    }
  });
});
