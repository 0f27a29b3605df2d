import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
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

describe("the process", () => {
  it("gets ready without a broker, logs one JSON object a line, and stops with 0 when asked to [R104]", async () => {
    await using database = await testDatabase("task");
    await using child = start({
      GRPC_PORT: "0",
      ADMIN_PORT: "0",
      DATABASE_URL: database.adminUrl,
      DATABASE_ROLE_PASSWORD: database.rolePassword,
      KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1",
      APP_API_TOKEN: keys.appApiToken,
      KEY_BUNDLE: keys.keyBundle,
    });
    const lines: string[] = [];
    const output = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> });
    const ended = once(output, "close");
    output.on("line", (line) => lines.push(line));
    const started = () => lines.map((line) => JSON.parse(line)).find(({ message }) => message === "ready");
    await until(() => started() !== undefined || child.exitCode !== null, 90_000);
    expect(started(), lines.join("\n")).toBeDefined();
    const url = `http://127.0.0.1:${started().context.admin_port}/health/ready`;
    await until(async () => (await fetch(url)).status === 200);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    await ended;
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ service: "task" });
    expect(lines.join("\n")).not.toContain(database.rolePassword);
    expect(lines.join("\n")).not.toContain(keys.appApiToken);
  }, 120_000);

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
