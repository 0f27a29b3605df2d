/** The task service, put together as ever, but for a broker in memory. */
import { createMemoryBus } from "@todo/kit/memory-bus";
import { startTaskApp } from "@todo/task/app";
import { readTaskConfig } from "@todo/task/config";
import { serveParent } from "#src/child/serve-parent.ts";

await serveParent(process, (env) =>
  startTaskApp(readTaskConfig(env), { publisher: createMemoryBus().publisher }),
);
