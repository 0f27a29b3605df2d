import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readAuditConfig } from "@todo/audit/config";
import { readGatewayConfig } from "@todo/gateway/config";
import { readIdentityConfig } from "@todo/identity/config";
import { readRecurrenceConfig } from "@todo/recurrence/config";
import { readTaskConfig } from "@todo/task/config";
import { describe, expect, it } from "vitest";
import { repository } from "../repository.ts";
import type { AppSecrets, Secrets } from "../secrets/secrets.ts";
import { topology } from "../topology.ts";
import { processEnvironment } from "./environment.ts";
import { keptBack, settings } from "./settings.ts";

type Environment = Record<string, string | undefined>;

const readers: Record<string, (env: Environment) => unknown> = {
  gateway: readGatewayConfig,
  task: readTaskConfig,
  identity: readIdentityConfig,
  audit: readAuditConfig,
  recurrence: readRecurrenceConfig,
};

/** Every variable that an app's configuration asks for. */
function readBy(app: string): string[] {
  const names = new Set<string>();
  const get = (env: Environment, name: string) => {
    names.add(name);
    return env[name];
  };
  const env: Environment = new Proxy<Environment>(
    { DAPR_GRPC_PORT: "1", KAFKA_SECURITY_PROTOCOL: "SASL_SSL" },
    { get },
  );
  try {
    readers[app]?.(env);
  } catch {
    // It misses nearly everything, and says so after it has asked for all.
  }
  return [...names];
}

const file = { path: "/file", value: "value" };
const secretFile = new Proxy({}, { get: () => file }) as unknown as AppSecrets;
const secrets = new Proxy(
  {},
  { get: (_, name) => (name === "apps" ? new Proxy({}, { get: () => secretFile }) : file) },
) as unknown as Secrets;

/** What the process of an app is given by a launcher with this environment. */
function given(app: string, env: Environment): Record<string, string> {
  const entry = topology.find(({ id }) => id === app);
  if (entry === undefined) throw new Error(`no ${app}`);
  const ports = { app: 1, admin: 2, daprGrpc: 3, daprHttp: 4, daprInternal: 5, daprMetrics: 6 };
  const kafka = { bootstrap: "k", protocol: "SASL_SSL", credentials: "/users", caFile: "/ca" } as const;
  const around = { ports, secrets, publicUrl: "http://localhost:1", kafka, databaseUrlFile: "/url" };
  return processEnvironment(entry, around, env);
}

/** What the launcher sets itself, as a file or as a value. */
const setByLauncher = (app: string): string[] =>
  Object.keys(given(app, {})).flatMap((name) => [name, name.replace(/_FILE$/, "")]);

const documents = globSync("{docs/**/*.md,README.md,SECURITY.md}", { cwd: repository }).map((path) =>
  readFileSync(join(repository, path), "utf8"),
);
const documented = new Set(
  documents.flatMap((text) => [...text.matchAll(/`([A-Z][A-Z0-9_]+)(?:=[^`]*)?`/g)].map(([, name]) => name)),
);
const apps = topology.map(({ id }) => id);

describe("the settings of the documents", () => {
  it.each(apps)(
    "reach %s, and so does everything else that it reads and the launcher does not set",
    (app) => {
      for (const name of readBy(app)) {
        if (setByLauncher(app).includes(name) || keptBack.includes(name)) continue;
        expect(given(app, { [name]: "7" }), `${name} does not reach ${app}`).toMatchObject({ [name]: "7" });
        expect(documented, `${name} of ${app} stands in no document`).toContain(name);
      }
    },
  );

  it.each(apps)("of %s are read by it", (app) => {
    expect(readers[app], "add the app's reader to this test").toBeDefined();
    for (const name of settings[app] ?? []) expect(readBy(app)).toContain(name);
  });

  it("of the gateway's limits are settings, all of them", () => {
    const limits = readFileSync(join(repository, "docs/limits.md"), "utf8");
    const names = [...limits.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map(([, name]) => name ?? "");
    const read = names.filter((name) => apps.some((app) => readBy(app).includes(name)));
    expect(read.length).toBeGreaterThan(15);
    for (const name of new Set(read))
      for (const app of apps.filter((one) => readBy(one).includes(name)))
        expect([...(settings[app] ?? []), ...setByLauncher(app)]).toContain(name);
  });

  it("never win over what the launcher sets, and an empty one counts for nothing", () => {
    expect(given("task", { HOST: "0.0.0.0", GRPC_PORT: "9", TASK_QUOTA: "" })).toEqual(given("task", {}));
  });

  it("leave failpoints and secrets of the launcher's environment out", () => {
    for (const app of apps)
      expect(given(app, { FAILPOINTS: "x", AUTH_SECRET: "x", SIGNING_KEY: "x" })).toEqual(given(app, {}));
  });
});
