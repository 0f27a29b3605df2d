import { createHealth, serveAdmin } from "@todo/kit/admin";
import { expect, it, onTestFinished } from "vitest";

async function start() {
  const health = createHealth({ database: () => Promise.reject(new Error("gone")) });
  health.markStarted();
  const admin = await serveAdmin({ port: 0, health });
  onTestFinished(() => admin[Symbol.asyncDispose]());
  return { admin, url: (path: string) => `http://127.0.0.1:${admin.port}${path}` };
}

it("the admin port answers health and metrics over HTTP, and lives on after a failing probe [R091] [R092] [R094]", async () => {
  const { url } = await start();
  for (let probe = 0; probe < 2; probe++) {
    const ready = await fetch(url("/health/ready?verbose"));
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: "unavailable", checks: { database: "Error" } });
  }
  expect((await fetch(url("/health/live"))).status).toBe(200);
  expect((await fetch(url("/ready"), { method: "HEAD" })).status).toBe(503);
  const metrics = await fetch(url("/metrics"));
  expect(metrics.headers.get("content-type")).toContain("text/plain");
  expect(await metrics.text()).toContain("process_resident_memory_bytes");
});

it("the admin port answers nothing else", async () => {
  const { url } = await start();
  expect((await fetch(url("/"))).status).toBe(404);
  expect((await fetch(url("/health/live"), { method: "POST" })).status).toBe(405);
});

it("the admin port says when it is taken", async () => {
  const { admin } = await start();
  await expect(serveAdmin({ port: admin.port, health: createHealth({}) })).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
});
