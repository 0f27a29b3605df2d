import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAuditConfig } from "@todo/audit/config";
import { readGatewayConfig } from "@todo/gateway/config";
import { readIdentityConfig } from "@todo/identity/config";
import { readRecurrenceConfig } from "@todo/recurrence/config";
import { readTaskConfig } from "@todo/task/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureCredentials } from "../kafka/credentials.ts";
import { ensureSecrets, type Secrets } from "../secrets/secrets.ts";
import { topology } from "../topology.ts";
import { appEnvironment } from "./environment.ts";

const readers: Record<string, (env: Record<string, string>) => unknown> = {
  gateway: readGatewayConfig,
  task: readTaskConfig,
  identity: readIdentityConfig,
  audit: readAuditConfig,
  recurrence: readRecurrenceConfig,
};

describe("the environment of an app", () => {
  let folder: string;
  let secrets: Secrets;
  let passwords: Readonly<Record<string, string>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "todo-environment-"));
    secrets = await ensureSecrets(
      folder,
      topology.map(({ id }) => id),
    );
    passwords = (await ensureCredentials(join(folder, "kafka"))).passwords;
    await writeFile(join(folder, "database-url"), "postgres://postgres:secret@127.0.0.1:5432/todo");
  });
  afterAll(() => rm(folder, { recursive: true }));

  const environmentOf = (id: string) => {
    const entry = topology.find((candidate) => candidate.id === id);
    if (entry === undefined) throw new Error(`no ${id}`);
    return appEnvironment(entry, {
      ports: {
        app: 1001,
        admin: 1002,
        daprGrpc: 1003,
        daprHttp: 1004,
        daprInternal: 1005,
        daprMetrics: 1006,
      },
      secrets,
      publicUrl: "http://localhost:1001",
      kafka: { bootstrap: "127.0.0.1:1007", protocol: "SASL_PLAINTEXT", credentials: join(folder, "kafka") },
      databaseUrlFile: join(folder, "database-url"),
    });
  };

  it.each(topology)("is what $id reads, without a fault", ({ id }) => {
    expect(readers[id], "add the app's reader to this test").toBeDefined();
    expect(() => readers[id]?.(environmentOf(id))).not.toThrow();
  });

  it.each(topology)("hands $id its secrets as files and never as values", ({ id }) => {
    const own = Object.values(secrets.apps).flatMap((app) => Object.values(app));
    const values = [...own, secrets.authSecret, secrets.auditMasterKey].map(({ value }) => value);
    const handed = Object.values(environmentOf(id));
    for (const value of [...values, ...Object.values(passwords), "secret@"])
      expect(handed.some((text) => text.includes(value))).toBe(false);
  });
});
