/** `npm run try`: the system in one process, until Ctrl-C. */
import { ConfigError, readConfig } from "@todo/kit/config";
import { welcome } from "../demo/welcome.ts";
import { type Death, describeDeath } from "../process/managed-process.ts";
import { messageOf } from "../process/wait.ts";
import { startTry } from "../try/start-try.ts";
import { listenForStop } from "./signals.ts";

async function run(): Promise<void> {
  const { port } = readConfig(process.env, (read) => ({ port: read.port("PORT", { default: 8080 }) }));
  const stop = listenForStop(() => process.exit(130));
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined);
  process.on("uncaughtException", ended.reject);
  process.on("unhandledRejection", ended.reject);

  console.log("Starting todo in one process, on a database of its own ...");
  try {
    await using system = await startTry({
      port,
      environment: process.env,
      onDeath: (death: Death) => ended.reject(new Error(describeDeath(death))),
      signal: stop.signal,
    });
    console.log(welcome(system.url, system));
    console.log(
      `  There is no Kafka and no sidecar here, and all data goes when it stops. Log: ${system.logFile}`,
    );
    await Promise.race([stop.wished, ended.promise]);
    console.log("Stopping ...");
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
}

try {
  await run();
  process.exitCode = 0;
} catch (error) {
  for (const line of error instanceof ConfigError ? error.faults : [messageOf(error)]) console.error(line);
  process.exitCode = 1;
}
// Whatever still holds the event loop has no more to say.
process.exit();
