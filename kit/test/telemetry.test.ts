import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { execPath } from "node:process";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";

const telemetry = join(import.meta.dirname, "../src/telemetry.ts");
const app = join(import.meta.dirname, "fixtures/traced.ts");

/** Runs the app until it has worked, stops it, and says how it ended. */
async function work(env: Record<string, string>) {
  const child = spawn(execPath, ["--import", telemetry, app], { env, stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = text(child.stderr);
  child.stderr.once("data", () => child.kill("SIGTERM"));
  const [code] = await once(child, "exit");
  return { code, traceparent: (await said).trim() };
}

async function collector() {
  const received: { path: string | undefined; body: string }[] = [];
  const server = createServer(async (request, response) => {
    received.push({ path: request.url, body: await text(request) });
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it("without an endpoint nothing is sent, but every span has a trace that goes on [R105]", async () => {
  const { code, traceparent } = await work({});
  expect(code).toBe(0);
  expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

it("with an endpoint the spans are sent by OTLP, the last ones when the app stops", async () => {
  const { received, url } = await collector();
  const { code, traceparent } = await work({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_SERVICE_NAME: "task-under-test",
  });
  expect(code).toBe(0);
  expect(traceparent).toMatch(/-01$/);
  expect(received.map(({ path }) => path)).toEqual(["/v1/traces"]);
  expect(received[0]?.body).toContain("task-under-test");
  expect(received[0]?.body).toContain("work");
});

it("a collector that is away does not keep an app from stopping", async () => {
  expect(await work({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" })).toMatchObject({ code: 0 });
});
