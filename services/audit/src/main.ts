import { run } from "@todo/kit/run";
import { startAuditApp } from "#src/app.ts";
import { readAuditConfig } from "#src/config.ts";

await run(process, (env) => startAuditApp(readAuditConfig(env)));
