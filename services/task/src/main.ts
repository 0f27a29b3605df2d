import { run } from "@todo/kit/run";
import { startTaskApp } from "./app.ts";
import { readTaskConfig } from "./config.ts";

await run(process, (env) => startTaskApp(readTaskConfig(env)));
