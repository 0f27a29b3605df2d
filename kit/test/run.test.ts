import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { execPath } from "node:process";
import { expect, it, onTestFinished } from "vitest";

const telemetry = join(import.meta.dirname, "../src/telemetry.ts");
const app = join(import.meta.dirname, "fixtures/app.ts");

function start(env: Record<string, string>) {
  const child = spawn(execPath, ["--import", telemetry, app], { env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (text) => {
    output.stdout += text;
  });
  child.stderr.on("data", (text) => {
    output.stderr += text;
  });
  return {
    child,
    /** Resolves when the app says that it started. */
    started: new Promise<void>((resolve) => {
      child.stderr.on("data", () => output.stderr.includes("started") && resolve());
    }),
    /** How the process ended, with all that it wrote. */
    async ended() {
      const [code, signal] = await closed(child);
      const records = output.stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line));
      return { code, signal, stderr: output.stderr, records };
    },
  };
}

async function closed(child: ChildProcess): Promise<[number | null, string | null]> {
  return (await once(child, "close")) as [number | null, string | null];
}

it.each(["SIGTERM", "SIGINT"] as const)(
  "an app stops in order on %s and exits with 0 [R096]",
  async (signal) => {
    const { child, started, ended } = start({ BEHAVIOUR: "serve" });
    await started;
    child.kill(signal);
    const { code, stderr, records } = await ended();
    expect([code, stderr]).toEqual([0, "started\ndisposed\n"]);
    expect(records.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "info stopping",
      "info stopped",
    ]);
  },
);

it("a second signal ends an app that does not stop", async () => {
  const { child, started, ended } = start({ BEHAVIOUR: "stuck" });
  await started;
  child.kill("SIGTERM");
  child.stdout?.once("data", () => child.kill("SIGTERM"));
  expect(await ended()).toMatchObject({ code: 1 });
});

it("a bad configuration is one line per fault and no start [R103]", async () => {
  const { code, stderr, records } = await start({ BEHAVIOUR: "dance", PORT: "http" }).ended();
  expect(code).toBe(1);
  expect(stderr).toBe("BEHAVIOUR is none of serve, fail, crash, stuck\nPORT is not a whole number\n");
  expect(records).toEqual([]);
});

it("a failed start and a crash are one record each and exit 1 [R104]", async () => {
  const [fail, crash] = await Promise.all([
    start({ BEHAVIOUR: "fail" }).ended(),
    start({ BEHAVIOUR: "crash" }).ended(),
  ]);
  expect(fail.code).toBe(1);
  expect(fail.records).toMatchObject([
    {
      level: "critical",
      message: "cannot start",
      context: { err: { message: "cannot listen on 127.0.0.1:1" } },
    },
  ]);
  expect(crash.code).toBe(1);
  expect(crash.records).toMatchObject([
    { level: "critical", message: "crashed", context: { err: { message: "nobody caught this" } } },
  ]);
});
