import { run } from "@todo/kit/run";
import { startRecurrenceApp } from "#src/app.ts";
import { readRecurrenceConfig } from "#src/config.ts";

await run(process, (env) => startRecurrenceApp(readRecurrenceConfig(env)));
