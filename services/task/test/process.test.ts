import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { testDatabase } from "@todo/kit/testing/database";
import { testKeys } from "@todo/kit/testing/keys";
import { describe, expect, it } from "vitest";
import { until } from "./fixture.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const keys = testKeys();

function start(env: Record<string, string>): ChildProcess & AsyncDisposable {
  const child = spawn(process.execPath, ["--import", "./kit/src/telemetry.ts", "services/task/src/main.ts"], {
    cwd: root,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const dispose = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return Object.assign(child, { [Symbol.asyncDispose]: dispose });
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return String(typeof address === "object" ? address?.port : address);
}

describe("the process", () => {
  it("gets ready without a broker, logs one JSON object a line, and stops with 0 when asked to [R104]", async () => {
    await using database = await testDatabase("task");
    const adminPort = await freePort();
    await using child = start({
      GRPC_PORT: "0",
      ADMIN_PORT: adminPort,
      DATABASE_URL: database.adminUrl,
      DATABASE_ROLE_PASSWORD: database.rolePassword,
      KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1",
      APP_API_TOKEN: keys.appApiToken,
      KEY_BUNDLE: keys.keyBundle,
    });
    const output = text(child.stdout as NonNullable<typeof child.stdout>);
    const ready = () =>
      fetch(`http://127.0.0.1:${adminPort}/health/ready`).then(
        ({ status }) => status === 200,
        () => false,
      );
    await until(ready, 30_000);
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
    const lines = (await output).trim().split("\n");
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ service: "task" });
    expect(await output).not.toContain(database.rolePassword);
    expect(await output).not.toContain(keys.appApiToken);
  });

  it("names every fault of its configuration on a line of its own and exits with 1", async () => {
    await using child = start({ GRPC_PORT: "no port", OUTBOX_CAP: "0" });
    const faults = text(child.stderr as NonNullable<typeof child.stderr>);
    expect(await once(child, "exit")).toEqual([1, null]);
    const lines = (await faults).trim().split("\n");
    expect(lines.map((line) => line.split(" ")[0])).toEqual([
      "GRPC_PORT",
      "ADMIN_PORT",
      "APP_API_TOKEN",
      "KEY_BUNDLE",
      "DATABASE_URL",
      "DATABASE_ROLE_PASSWORD",
      "KAFKA_BOOTSTRAP_SERVERS",
      "OUTBOX_CAP",
    ]);
  });
});
