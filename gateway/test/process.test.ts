import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { testKeys } from "@todo/kit/testing/keys";
import { expect, it } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const telemetry = fileURLToPath(import.meta.resolve("@todo/kit/telemetry"));

function start(env: Record<string, string>): ChildProcess & { output: () => string; errors: () => string } {
  const child = spawn(process.execPath, ["--import", telemetry, main], { env });
  const [output, errors]: [string[], string[]] = [[], []];
  child.stdout.on("data", (chunk) => output.push(String(chunk)));
  child.stderr.on("data", (chunk) => errors.push(String(chunk)));
  return Object.assign(child, { output: () => output.join(""), errors: () => errors.join("") });
}

it("names every fault of its configuration and does not start [R103]", async () => {
  const child = start({ PORT: "no port", PUBLIC_URL: "nowhere", TLS_CERT: "a certificate without a key" });
  const [code] = await once(child, "close");
  expect(code).toBe(1);
  for (const name of [
    "PORT",
    "PUBLIC_URL",
    "TLS_KEY",
    "DAPR_GRPC_PORT",
    "DAPR_HTTP_PORT",
    "DAPR_API_TOKEN",
    "SIGNING_KEY",
  ]) {
    expect(child.errors()).toContain(`${name} `);
  }
  expect(child.errors()).not.toContain("certificate");
});

it("lives without its sidecar, is not ready, and ends with 0 on SIGTERM [R091] [R094] [R096]", async () => {
  const child = start({
    PORT: "0",
    ADMIN_PORT: "0",
    DAPR_GRPC_PORT: "1",
    DAPR_HTTP_PORT: "1",
    DAPR_API_TOKEN: "token",
    SIGNING_KEY: testKeys().signingKey("gateway"),
  });
  const exited = once(child, "exit");
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", () => {
      const found = /"url":"([^"]+)"/.exec(child.output())?.[1];
      if (found) resolve(found);
    });
    void exited.then(() => reject(new Error(child.errors())));
  });
  const live = await fetch(`${url}/health/live`);
  const ready = await fetch(`${url}/health/ready`);
  const page = await fetch(url);
  expect([live.status, ready.status, page.status]).toEqual([200, 503, 200]);
  expect(await ready.json()).toMatchObject({
    status: "unavailable",
    checks: { sidecar: expect.any(String) },
  });
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
});
