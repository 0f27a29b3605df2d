/** Starts a system and waits to be killed: `node launcher.ts <data folder>`. */
import { startLocalSystem } from "#src/system.ts";

const [, , dataDir = ""] = process.argv;
const system = await startLocalSystem({ dataDir, environment: process.env, apps: ["audit"] });
const pids = [...system.processes.values()].map(({ pid }) => pid);
process.stdout.write(JSON.stringify({ adminUrl: system.database.adminUrl, pids }));
setInterval(() => undefined, 60_000);
