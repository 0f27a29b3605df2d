import { baseEnvironment } from "@todo/local/environment";
import { allocatePorts } from "@todo/local/ports";
import { answers } from "@todo/local/process/wait";
import { supervised } from "#src/child/supervised.ts";
import type { Bench } from "../bench.ts";
import { appFolder, type Installed } from "./install.ts";

/** Starts the app with one worker on a database of its own; it goes with the stack. Answers with its URL. */
export async function startFastapi(
  stack: AsyncDisposableStack,
  { environment, signal }: Bench,
  o: { installed: Installed; databaseUrl: string },
): Promise<string> {
  const { folder, supervisor } = await supervised(stack);
  const { fastapi: port } = await allocatePorts(["fastapi"], {});
  const url = `http://127.0.0.1:${port}`;
  const process = supervisor.add({
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
  await process.start(signal);
  return url;
}

function serving(port: number): string[] {
  return ["--app-dir", appFolder, "--host", "127.0.0.1", "--port", `${port}`, "--workers", "1"];
}

const asFastAsItGets = [
  ["--loop", "uvloop"],
  ["--http", "httptools"],
  ["--no-access-log", "--log-level", "warning"],
].flat();
