import { describe, expect, it } from "vitest";
import { createHealth, handleAdmin, handleHealth } from "./admin.ts";

type Checks = Parameters<typeof createHealth>[0];

function startedHealth(checks: Checks) {
  const health = createHealth(checks);
  health.markStarted();
  return health;
}

async function get(path: string, health = startedHealth({})) {
  const found = await handleAdmin(path, health);
  return found === undefined ? undefined : { ...found, json: () => JSON.parse(found.body) };
}

describe("health", () => {
  it.each(["/health", "/health/live", "/health/ready", "/ready", "/health/startup"])(
    "answers %s [R091] [R092]",
    async (path) => {
      const answer = await get(path);
      expect(answer).toMatchObject({ status: 200, contentType: "application/json" });
      expect(answer?.json()).toEqual({ status: "ok", checks: {} });
    },
  );

  it("answers nothing else", async () => {
    expect(await get("/")).toBeUndefined();
    expect(await get("/healthz")).toBeUndefined();
  });

  it("is 503 with the name of what fails, and never an exception [R094]", async () => {
    const health = startedHealth({
      database: () => Promise.reject(Object.assign(new Error("password hunter2"), { code: "ECONNREFUSED" })),
      port: async () => undefined,
      broken: () => {
        throw new TypeError("bug");
      },
    });
    const answer = await get("/health/ready", health);
    expect(answer?.status).toBe(503);
    expect(answer?.json()).toEqual({
      status: "unavailable",
      checks: { database: "ECONNREFUSED", port: "ok", broken: "TypeError" },
    });
    expect((await get("/health/live", health))?.status).toBe(200);
  });

  it("does not wait for a check that hangs, and tells it so [R097]", async () => {
    let given: AbortSignal | undefined;
    const health = startedHealth({
      slow: (signal) => {
        given = signal;
        return new Promise(() => undefined);
      },
    });
    expect((await get("/ready", health))?.json()).toEqual({
      status: "unavailable",
      checks: { slow: "no answer within 2000 ms" },
    });
    expect(given?.aborted).toBe(true);
  });

  it("is alive but not ready before the start and while stopping", async () => {
    const health = createHealth({});
    expect((await get("/health/startup", health))?.status).toBe(503);
    expect((await get("/health/ready", health))?.json()).toMatchObject({ checks: { app: "starting" } });
    expect((await get("/health/live", health))?.status).toBe(200);
    health.markStarted();
    expect((await get("/health/ready", health))?.status).toBe(200);
    health.stopAccepting();
    expect((await get("/health/ready", health))?.json()).toMatchObject({ checks: { app: "stopping" } });
    expect((await get("/health/startup", health))?.status).toBe(200);
  });
});

describe("metrics", () => {
  it("are not among what everybody may ask", async () => {
    expect(await handleHealth("/metrics", startedHealth({}))).toBeUndefined();
    expect(await handleHealth("/health/live", startedHealth({}))).toMatchObject({ status: 200 });
  });

  it("speak of the process in Prometheus' format [R092] [R107]", async () => {
    const answer = await get("/metrics");
    expect(answer).toMatchObject({ status: 200, contentType: expect.stringContaining("version=0.0.4") });
    expect(answer?.body).toMatch(/^process_resident_memory_bytes \d{6,}/m);
    expect(answer?.body).toMatch(/^process_cpu_seconds_total\{state="user"\} [\d.]+/m);
    expect(answer?.body).toMatch(/^nodejs_eventloop_delay_p99_seconds [\d.]+/m);
  });
});
