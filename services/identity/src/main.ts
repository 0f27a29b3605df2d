import process from "node:process";
import { run } from "@todo/kit/run";
import { startIdentityApp } from "./app.ts";
import { readIdentityConfig } from "./config.ts";

await run(process, (env) => startIdentityApp(readIdentityConfig(env)));
