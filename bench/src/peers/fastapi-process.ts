import { baseEnvironment } from "@todo/local/environment";
import { allocatePorts } from "@todo/local/ports";
import { look } from "@todo/local/process/usage/look";
import { usageOf } from "@todo/local/process/usage/processes";
import { answers } from "@todo/local/process/wait";
import { supervised } from "#src/child/supervised.ts";
import type { Bench } from "../bench.ts";
import { appFolder, type Installed } from "./install.ts";

/** The app of the peer while it runs. */
export interface Fastapi {
  readonly url: string;
  /** The processor time it has used, in milliseconds; NaN where there is no /proc. */
  cpuMs(): Promise<number>;
}

/** Starts the app with one worker on a database of its own; it goes with the stack. */
export async function startFastapi(
  stack: AsyncDisposableStack,
  { environment, signal }: Bench,
  o: { installed: Installed; databaseUrl: string },
): Promise<Fastapi> {
  const { folder, supervisor } = await supervised(stack);
  const { fastapi: port } = await allocatePorts(["fastapi"], {});
  const url = `http://127.0.0.1:${port}`;
  const app = supervisor.add({
    name: "fastapi",
    command: o.installed.python,
    args: ["-m", "uvicorn", "app:app", ...serving(port), ...asFastAsItGets],
    env: {
      ...baseEnvironment(environment),
      DATABASE_URL: o.databaseUrl.replace(/^postgres(ql)?:/, "postgresql+asyncpg:"),
      PYTHONPATH: o.installed.packages,
      PYTHONDONTWRITEBYTECODE: "1",
    },
    cwd: folder.root,
    probe: (probing) => answers(`${url}/health`, probing),
    readyWithin: 60_000,
    stopWithin: 10_000,
  });
  await app.start(signal);
  const onLinux = process.platform === "linux";
  return { url, cpuMs: async () => (onLinux ? usageOf(app.pid ?? 0, await look()).cpuMs : Number.NaN) };
}

function serving(port: number): string[] {
  return ["--app-dir", appFolder, "--host", "127.0.0.1", "--port", `${port}`, "--workers", "1"];
}

const asFastAsItGets = [
  ["--loop", "uvloop"],
  ["--http", "httptools"],
  ["--no-access-log", "--log-level", "warning"],
].flat();
