import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repository } from "../repository.ts";
import { keepNames } from "./keep-names.ts";
import { restoreNames, validForHours } from "./names.ts";

const names = [
  { app: "task", address: "127.0.0.1:1" },
  { app: "task", address: "127.0.0.1:2" },
  { app: "audit", address: "127.0.0.1:3" },
];

describe("the names of the sidecars", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "todo-names-"));
    file = join(folder, "names.db");
    restoreNames(file, names);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const sql = (text: string) => {
    using database = new DatabaseSync(file);
    return database.prepare(text).all();
  };
  const held = () =>
    sql("select app_id as app, address from hosts order by address").map((row) => ({ ...row }));

  it("stand there before any sidecar runs, and are left alone while they are right", () => {
    expect(held()).toEqual(names);
    const before = sql("select * from hosts");
    expect(restoreNames(file, names)).toBeUndefined();
    expect(sql("select * from hosts")).toEqual(before);
  });

  const damages: [what: string, damage: () => unknown][] = [
    ["a row was deleted", () => void sql("delete from hosts where address = '127.0.0.1:2' returning 1")],
    ["all rows were deleted", () => void sql("delete from hosts returning 1")],
    ["rows grew old", () => void sql("update hosts set last_update = 1 returning 1")],
    ["an address was given to another app", () => void sql("update hosts set app_id = 'x' returning 1")],
    ["the table is gone", () => void sql("drop table hosts")],
    ["the level of its migrations is gone", () => void sql("delete from metadata returning 1")],
    ["the table has other columns", () => [sql("drop table hosts"), sql("create table hosts (x)")]],
    ["the file was deleted", () => rmSync(file)],
    [
      "the file and its log were deleted",
      () => ["", "-wal", "-shm"].map((end) => rmSync(file + end, { force: true })),
    ],
    ["the file was emptied", () => writeFileSync(file, "")],
    ["the file is no database", () => writeFileSync(file, "x".repeat(100_000))],
  ];
  it.each(damages)("are there again after %s", (_, damage) => {
    damage();
    expect(restoreNames(file, names)).toBeDefined();
    expect(held()).toEqual(names);
    expect(sql("select value from metadata where key = 'nr-migrations'")[0]?.["value"]).toBe("1");
    expect(restoreNames(file, names)).toBeUndefined();
  });

  it("go with who is gone, and come back with who is there again", () => {
    expect(restoreNames(file, names.slice(1))).toBe("127.0.0.1:1 removed");
    expect(held()).toEqual(names.slice(1));
    expect(restoreNames(file, names)).toBe("task at 127.0.0.1:1 added");
  });

  it("can be read beside a lock that another process holds, and are mended after it", () => {
    using other = new DatabaseSync(file);
    other.exec("begin exclusive; delete from hosts where app_id = 'audit'");
    expect(restoreNames(file, names)).toBeUndefined();
    other.exec("commit; begin exclusive");
    expect(held()).toEqual(names.slice(0, 2));
    expect(() => restoreNames(file, names)).toThrow("locked");
    other.exec("commit");
    expect(restoreNames(file, names)).toBe("audit at 127.0.0.1:3 added");
  });

  it("are looked at all the time, and what was mended is said, but not what the launcher did itself", async () => {
    const said = Promise.withResolvers<string>();
    let running = names;
    using _ = keepNames({ file, names: () => running, report: said.resolve });
    running = names.slice(1);
    await expect.poll(held, { timeout: 20_000 }).toEqual(names.slice(1));
    rmSync(file);
    expect(await said.promise).toBe(
      "The names of the sidecars were mended: made anew: its tables were missing",
    );
    expect(held()).toEqual(names.slice(1));
    expect(existsSync(file)).toBe(true);
  });

  it("are valid for as long as daprd is told, and never cleaned up by it", () => {
    for (const app of ["gateway", "task"]) {
      const text = readFileSync(join(repository, `deploy/dapr/configuration/${app}.yaml`), "utf8");
      expect(text).toContain(`updateInterval: "${validForHours}h"`);
      expect(text).toContain('cleanupInterval: "0"');
    }
  });
});
