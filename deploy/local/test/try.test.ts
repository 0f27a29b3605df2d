import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { describe, expect, it } from "vitest";
import { signIn, signUp } from "../src/demo/account.ts";
import { allocatePorts } from "../src/ports.ts";
import { eventually } from "../src/process/wait.ts";
import { exists } from "../src/toolchain/cache.ts";
import { type RunningTry, startTry } from "../src/try/start-try.ts";

const anyTime = { timeout: 240_000 };
const cli = fileURLToPath(new URL("../src/cli/try.ts", import.meta.url));

const start = () => startTry({ port: 0, environment: process.env });

/** The command lines of all processes that belong to a folder. */
async function processesOf(folder: string): Promise<string[]> {
  const lines = process.platform === "linux" ? await linesOfProc() : await linesOfPs();
  return lines.filter((line) => line.includes(folder));
}

async function linesOfProc(): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
}

async function linesOfPs(): Promise<string[]> {
  return (await promisify(execFile)("ps", ["-Aww", "-o", "args="])).stdout.split("\n");
}

async function clientsOf(url: string, login: { email: string; password: string }) {
  const headers = { authorization: `Bearer ${await signIn(url, login)}` };
  const transport = createConnectTransport({ baseUrl: url, httpVersion: "1.1" });
  return {
    tasks: createClient(TaskService, transport),
    audit: createClient(AuditService, transport),
    call: { headers },
  };
}

async function typesAbout(subject: string, { audit, call }: Awaited<ReturnType<typeof clientsOf>>) {
  const { entries } = await audit.listEntries({ subject }, call);
  return entries.map(({ type }) => type).sort();
}

/** A place for temporary folders that nobody else uses, so that what is left there is left by the test. */
async function ownTmp(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "try-test-"));
  await chmod(path, 0o711);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function startCommand(port: number, tmp: string) {
  const child = spawn(process.execPath, [cli], {
    env: { ...process.env, PORT: String(port), TMPDIR: tmp },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { out: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output.out += chunk;
  });
  const errors = text(child.stderr);
  const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const says = (words: RegExp) =>
    eventually(`the command does not say ${words}`, async () => expect(output.out).toMatch(words), {
      within: 120_000,
    });
  return { child, output, errors, exit, says };
}

async function leftIn(tmp: string): Promise<{ files: string[]; processes: string[] }> {
  return { files: await readdir(tmp), processes: await processesOf(tmp) };
}

const nothing = { files: [], processes: [] };

describe("the system in one process", anyTime, () => {
  it("takes a newcomer from sign-up to a finished task, and both changes into the log [R061] [R074]", async () => {
    await using system = await start();
    const login = { email: `${randomUUID()}@example.com`, password: randomUUID() };
    await signUp(system.url, { ...login, name: "Ada" });
    const clients = await clientsOf(system.url, login);
    const { tasks, audit, call } = clients;

    const { task } = await tasks.createTask({ title: "Water the plants" }, call);
    const done = await tasks.completeTask({ id: task?.id ?? "", etag: task?.etag ?? "" }, call);
    expect(done.task?.status).toBe(TaskStatus.COMPLETED);

    const wanted = ["todo.task.v1.TaskCompleted", "todo.task.v1.TaskCreated"];
    await eventually(
      "the log does not have both changes",
      async () => expect(await typesAbout(task?.id ?? "", clients)).toEqual(wanted),
      { within: 20_000 },
    );
    expect(await audit.verifyChain({}, call)).toMatchObject({ intact: true });
  });

  it("lets the demo account in, and keeps it apart from others", async () => {
    await using system = await start();
    const login = { email: `${randomUUID()}@example.com`, password: randomUUID() };
    await signUp(system.url, { ...login, name: "Eve" });
    const [demo, eve] = [await clientsOf(system.url, system), await clientsOf(system.url, login)];
    const { task } = await demo.tasks.createTask({ title: "Mine" }, demo.call);
    expect((await demo.tasks.listTasks({}, demo.call)).tasks.map(({ title }) => title)).toEqual(["Mine"]);
    expect((await eve.tasks.listTasks({}, eve.call)).tasks).toEqual([]);
    const peek = eve.tasks.getTask({ id: task?.id ?? "" }, eve.call);
    await expect(peek).rejects.toMatchObject({ code: 5 });
  });

  it("leaves no process and no data behind", async () => {
    let system: RunningTry;
    {
      await using running = await start();
      system = running;
      expect(await processesOf(system.folder)).not.toEqual([]);
    }
    expect(await processesOf(system.folder)).toEqual([]);
    expect(await exists(system.folder)).toBe(false);
    await expect(fetch(`${system.url}/health/live`)).rejects.toThrow();
  });
});

describe("npm run try", anyTime, () => {
  it("says where it is and who may sign in, and stops cleanly when it is told to", async () => {
    await using tmp = await ownTmp();
    const { gateway: port } = await allocatePorts(["gateway"], {});
    const { child, output, errors, exit, says } = startCommand(port, tmp.path);
    await says(/Log: .+\n/);
    expect(output.out).toContain(`http://localhost:${port}`);
    expect(output.out).toMatch(/demo@example\.com with the password \S{16}/);
    expect((await fetch(`http://localhost:${port}/health/ready`)).status).toBe(200);

    child.kill("SIGINT");
    expect(await exit).toEqual([0, null]);
    expect(await errors).toBe("");
    expect(await leftIn(tmp.path)).toEqual(nothing);
  });

  it.each([0, 300, 900])("stops cleanly also when it is told to %i ms into its start", async (ms) => {
    await using tmp = await ownTmp();
    const { gateway: port } = await allocatePorts(["gateway"], {});
    const { child, errors, exit, says } = startCommand(port, tmp.path);
    await says(/Starting/);
    setTimeout(() => child.kill("SIGTERM"), ms);
    expect(await exit).toEqual([0, null]);
    expect(await errors).toBe("");
    expect(await leftIn(tmp.path)).toEqual(nothing);
  });

  it("says one clear line if its port is busy, and fails", async () => {
    await using tmp = await ownTmp();
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const { errors, exit } = startCommand(port, tmp.path);
    expect(await exit).toEqual([1, null]);
    expect(await errors).toBe(
      `port ${port} is busy: choose another one, as in PORT=${port + 1} npm run try\n`,
    );
    expect(await leftIn(tmp.path)).toEqual(nothing);
    server.close();
  });

  it("names its database if that ends, fails, and leaves nothing behind", async () => {
    await using tmp = await ownTmp();
    const { gateway: port } = await allocatePorts(["gateway"], {});
    const { errors, exit, says } = startCommand(port, tmp.path);
    await says(/Log: .+\n/);
    const [folder = ""] = await readdir(tmp.path);
    process.kill(await postmasterOf(join(tmp.path, folder)), "SIGKILL");
    expect(await exit).toEqual([1, null]);
    expect(await errors).toMatch(/^postgres ended \(SIGKILL\).*\n$/);
    expect(await leftIn(tmp.path)).toEqual(nothing);
  });

  it("cleans up after one that was killed", async () => {
    await using tmp = await ownTmp();
    const ports = await allocatePorts(["first", "second"], {});
    const killed = startCommand(ports.first, tmp.path);
    await killed.says(/Log: .+\n/);
    const [folder = ""] = await readdir(tmp.path);
    killed.child.kill("SIGKILL");
    expect(await killed.exit).toEqual([null, "SIGKILL"]);
    expect(await processesOf(join(tmp.path, folder))).not.toEqual([]);

    const next = startCommand(ports.second, tmp.path);
    await next.says(/Log: .+\n/);
    expect(await processesOf(join(tmp.path, folder))).toEqual([]);
    expect(await exists(join(tmp.path, folder))).toBe(false);
    next.child.kill("SIGTERM");
    expect(await next.exit).toEqual([0, null]);
    expect(await leftIn(tmp.path)).toEqual(nothing);
  });
});

async function postmasterOf(folder: string): Promise<number> {
  const [pid = ""] = (await readFile(join(folder, "postgres/data/postmaster.pid"), "utf8")).split("\n");
  return Number(pid);
}
