import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHealth, serveAdmin } from "@todo/kit/admin";
import { expect, it, onTestFinished } from "vitest";

async function start(profiles?: { path: string; app: string }) {
  const health = createHealth({ database: () => Promise.reject(new Error("gone")) });
  health.markStarted();
  const admin = await serveAdmin({ port: 0, health, profiles });
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

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "todo-profiles-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

it("the admin port writes heap snapshots where it may, up to ten of an app, and for no page", async () => {
  const path = temporaryFolder();
  const { url } = await start({ path, app: "task" });
  const take = (headers: Record<string, string> = {}) =>
    fetch(url("/debug/heap-snapshot"), { method: "POST", headers });
  const taken = await take();
  const { file } = (await taken.json()) as { file: string };
  expect([taken.status, file.startsWith(`${path}/task-`)]).toEqual([200, true]);
  expect(readFileSync(file, "utf8").slice(0, 12)).toBe('{"snapshot":');
  expect((await fetch(url("/debug/heap-snapshot"))).status).toBe(405);
  expect((await take({ origin: "http://evil.test" })).status).toBe(403);
  for (let n = 0; n < 9; n++) writeFileSync(join(path, `task-${n}.heapsnapshot`), "");
  expect((await take()).status).toBe(409);
});

it("the admin port knows no heap snapshots where nobody says where they go", async () => {
  const { url } = await start();
  expect((await fetch(url("/debug/heap-snapshot"))).status).toBe(404);
  expect((await fetch(url("/debug/heap-snapshot"), { method: "POST" })).status).toBe(405);
});
