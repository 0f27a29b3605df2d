import { fork } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";

/** A server of the benchmark in a process of its own. Disposing of it stops it. */
export interface Child extends AsyncDisposable {
  readonly port: number;
  /** The processor time it has used, in milliseconds. */
  cpuMs(): Promise<number>;
}

/** What a child says: the first message once, the second whenever it is asked. */
export type Message = { port: number } | { cpuMs: number };

const telemetryModule = import.meta.resolve("@todo/kit/telemetry");
const startMs = 60_000;
const answerMs = 10_000;
const stopMs = 10_000;

/** Starts a program that calls `serveParent`, and waits until it serves. Its output goes to a file. */
export async function startChild(o: {
  program: URL;
  /** Whether it runs as the launcher runs apps, with the module that keeps the context of a call. */
  telemetry?: boolean;
  env: Readonly<Record<string, string>>;
  logFile: string;
}): Promise<Child> {
  await using log = await open(o.logFile, "a", 0o600);
  const process = fork(o.program, {
    env: { ...o.env },
    execArgv: o.telemetry === true ? ["--import", telemetryModule] : [],
    stdio: ["ignore", log.fd, log.fd, "ipc"],
  });
  const exited = once(process, "exit");
  const next = async (ms: number): Promise<Message> => {
    const signal = AbortSignal.timeout(ms);
    const gone = exited.then(() => {
      throw new Error(`a server of the benchmark ended: see ${o.logFile}`);
    });
    gone.catch(() => undefined);
    const [message] = await Promise.race([once(process, "message", { signal }), gone]);
    return message as Message;
  };
  const stop = async () => {
    if (process.exitCode !== null || process.signalCode !== null) return;
    if (process.connected) process.disconnect();
    const late = setTimeout(() => process.kill("SIGKILL"), stopMs);
    await exited;
    clearTimeout(late);
  };
  try {
    const first = await next(startMs);
    if (!("port" in first)) throw new Error("a server of the benchmark did not say its port");
    return {
      port: first.port,
      async cpuMs() {
        process.send("cpu");
        const answer = await next(answerMs);
        return "cpuMs" in answer ? answer.cpuMs : Number.NaN;
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
