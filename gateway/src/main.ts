import { run } from "@todo/kit/run";
import { startGatewayApp } from "#src/app.ts";
import { readGatewayConfig } from "#src/config.ts";

await run(process, (env) => startGatewayApp(readGatewayConfig(env)));
