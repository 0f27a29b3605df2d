import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Name, restoreNames } from "#src/mesh/names.ts";
import { bareSidecar } from "./testing/bare-sidecar.ts";

const timeout = 120_000;

describe("names, as daprd takes them", { timeout }, () => {
  let folder: string;
  let names: string;
  let app: Server;
  let appPort: number;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "todo-names-"));
    names = join(folder, "names.db");
    app = createServer((_, response) => void response.end("hello")).listen(0, "127.0.0.1");
    await new Promise((resolve) => app.once("listening", resolve));
    appPort = (app.address() as AddressInfo).port;
  });
  afterEach(async () => {
    app.closeAllConnections();
    app.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A caller and a callee that know each other, on a file that was filled before they started. */
  const pair = async (stack: AsyncDisposableStack) => {
    const callee = await bareSidecar({ app: "callee", folder, names, appPort });
    const caller = await bareSidecar({ app: "caller", folder, names });
    const all: Name[] = [
      { app: "callee", address: callee.address },
      { app: "caller", address: caller.address },
    ];
    restoreNames(names, all);
    for (const { process } of [callee, caller]) await stack.use(process).start();
    return { caller, callee, all };
  };

  it("are what the launcher wrote; what is lost is mended without a restart of a sidecar", async () => {
    await using stack = new AsyncDisposableStack();
    const { caller, callee, all } = await pair(stack);
    expect(restoreNames(names, all)).toBeUndefined();
    expect(await caller.call("callee")).toBe(200);

    using database = new DatabaseSync(names);
    database.exec("delete from hosts");
    expect(await caller.call("callee")).toBeGreaterThanOrEqual(500);
    restoreNames(names, all);
    expect(await caller.call("callee")).toBe(200);

    for (const end of ["", "-wal", "-shm"]) rmSync(`${names}${end}`, { force: true });
    restoreNames(names, all);
    await callee.process.restart();
    const calls = Array.from({ length: 32 }, () => caller.call("callee"));
    expect(new Set(await Promise.all(calls))).toEqual(new Set([200]));
    expect(caller.process.running).toBe(true);
  });

  it("are found while another process holds the lock of the file", async () => {
    await using stack = new AsyncDisposableStack();
    const { caller } = await pair(stack);
    using database = new DatabaseSync(names, { timeout: 10_000 });
    database.exec("begin exclusive");
    const calls = Array.from({ length: 32 }, () => caller.call("callee"));
    expect(new Set(await Promise.all(calls))).toEqual(new Set([200]));
    database.exec("rollback");
  });

  // Whoever updates Dapr and sees this fail: its clean-up has been cured, and ADR 18 can be looked at anew.
  it("would be lost to the clean-up of daprd, which deletes the living", async () => {
    const died = Promise.withResolvers<string>();
    const settings = { cleanupInterval: "2s", updateInterval: "4s" };
    const onDeath = died.resolve;
    await using sidecar = (await bareSidecar({ app: "lone", folder, names, settings, onDeath })).process;
    await sidecar.start();
    expect(await died.promise).toContain("Host registration lost");
  });
});
