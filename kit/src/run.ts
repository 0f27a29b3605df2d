import { flushCompileCache } from "node:module";
import { ConfigError } from "./config.ts";
import { createLogger, type Logger } from "./log.ts";
import { flushTraces } from "./trace.ts";

/** How long an app may take to stop before it is ended by force. */
const stopLimitMs = 30_000;
/** The longest grace for calls at work that leaves an app the time to close the rest. */
export const maxGraceMs = 25_000;

/**
 * What every `main.ts` calls: starts an app, waits for SIGTERM or SIGINT, stops it in order and exits with 0.
 *
 * A bad configuration is one line per fault on stderr and exit 1. A failed start, a crash or a stop that takes longer
 * than 30 s is one record in the log and exit 1. A second signal ends the process at once.
 */
export async function run(
  process: NodeJS.Process,
  start: (env: NodeJS.ProcessEnv) => Promise<AsyncDisposable>,
): Promise<void> {
  const log = createLogger({ service: serviceName(process) });
  const signal = firstSignal(process);
  const die = (error: unknown, what: string) => {
    log.fatal({ err: error }, what);
    exit(process, log, 1);
  };
  process.on("uncaughtException", (error) => die(error, "crashed"));
  process.on("unhandledRejection", (error) => die(error, "crashed"));

  let app: AsyncDisposable;
  try {
    app = await start(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) return die(error, "cannot start");
    process.stderr.write(error.faults.map((fault) => `${fault}\n`).join(""));
    return exit(process, log, 1);
  }
  // Where there is a cache (NODE_COMPILE_CACHE), Node would write it at an orderly end alone.
  flushCompileCache();
  log.info({ signal: await signal }, "stopping");
  setTimeout(
    () => die(new Error(`not stopped within ${stopLimitMs} ms`), "cannot stop"),
    stopLimitMs,
  ).unref();
  try {
    await app[Symbol.asyncDispose]();
    await flushTraces();
  } catch (error) {
    return die(error, "cannot stop");
  }
  log.info("stopped");
  exit(process, log, 0);
}

/** Resolves with the first SIGTERM or SIGINT, also one that comes while the app still starts. */
function firstSignal(process: NodeJS.Process): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let stopping = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (stopping) process.exit(1);
      stopping = true;
      resolve(signal);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}

function exit(process: NodeJS.Process, log: Logger, code: number): void {
  log.flush();
  process.exit(code);
}

/** `task` for `…/services/task/src/main.ts`. */
function serviceName(process: NodeJS.Process): string {
  return process.env["OTEL_SERVICE_NAME"] ?? process.argv[1]?.split(/[\\/]/).at(-3) ?? "app";
}
