import { randomBytes, randomUUID } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import { ConfigError } from "@todo/kit/config";
import { createMemoryBus } from "@todo/kit/memory-bus";
import { testDatabase } from "@todo/kit/testing/database";
import { testKeys } from "@todo/kit/testing/keys";
import { tcpProxy } from "@todo/kit/testing/proxy";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { describe, expect, it } from "vitest";
import { startAuditApp } from "#src/app.ts";
import { taskCreated } from "./delivery.ts";
import { configOf, log, meshTo } from "./fixture.ts";

function incoming(record: ReturnType<typeof taskCreated>) {
  return { ...record, partition: 0, offset: 1n, headers: {} };
}

describe("while the database is away", () => {
  it("deliveries are to be repeated, calls are told so, and both succeed when it is back", async () => {
    await using database = await testDatabase("audit");
    const url = new URL(database.adminUrl);
    await using way = await tcpProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(way.port);
    await using bus = createMemoryBus();
    const keys = testKeys();
    const config = { ...configOf(database, keys), databaseUrl: url.href };
    await using app = await startAuditApp(config, { log, publisher: bus.publisher });
    await using mesh = meshTo(app.port, keys);
    const audit = createClient(AuditService, mesh.transport("audit"));
    const ada = randomUUID();
    const record = incoming(taskCreated(ada));
    const call = async () => audit.listEntries({}, { headers: await keys.headers("audit", { userId: ada }) });
    const ready = async () => (await fetch(`http://127.0.0.1:${app.adminPort}/health/ready`)).status;

    way.cut();
    expect(await app.subscriber?.deliver(record)).toBe("RETRY");
    await expect(call()).rejects.toMatchObject({ code: 14, rawMessage: "the log is not available" });
    expect(await ready()).toBe(503);

    way.mend();
    expect(await app.subscriber?.deliver(record)).toBe("SUCCESS");
    expect((await call()).entries).toHaveLength(1);
    expect(await ready()).toBe(200);
  });
});

describe("a start", () => {
  it("goes on with what is there", async () => {
    await using database = await testDatabase("audit");
    await using bus = createMemoryBus();
    const keys = testKeys();
    const config = configOf(database, keys);
    const ada = randomUUID();
    for (const expected of [1, 2]) {
      await using app = await startAuditApp(config, { log, publisher: bus.publisher });
      await using mesh = meshTo(app.port, keys);
      expect(await app.subscriber?.deliver(incoming(taskCreated(ada)))).toBe("SUCCESS");
      const headers = await keys.headers("audit", { userId: ada });
      const answer = await createClient(AuditService, mesh.transport("audit")).listEntries({}, { headers });
      expect(answer.entries).toHaveLength(expected);
      expect(answer.entries.every(({ dataJson }) => dataJson.includes("Buy milk"))).toBe(true);
    }
  });

  it("is refused with another master key than the one before", async () => {
    await using database = await testDatabase("audit");
    await using bus = createMemoryBus();
    const config = configOf(database, testKeys());
    const overrides = { log, publisher: bus.publisher };
    await (await startAuditApp(config, overrides))[Symbol.asyncDispose]();
    const start = startAuditApp({ ...config, masterKey: randomBytes(32) }, overrides);
    await expect(start).rejects.toThrow(ConfigError);
    await expect(start).rejects.toMatchObject({
      faults: ["AUDIT_MASTER_KEY is not the key with which this database was begun"],
    });
  });
});
