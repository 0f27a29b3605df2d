import { createClient } from "@connectrpc/connect";
import { createLogger } from "@todo/kit/log";
import { directMesh } from "@todo/kit/mesh";
import { testKeys } from "@todo/kit/testing/keys";
import { RecurrenceService } from "@todo/proto/todo/recurrence/v1/recurrence_service";
import { expect, it } from "vitest";
import { startRecurrenceApp } from "#src/app.ts";
import { readRecurrenceConfig } from "#src/config.ts";

it("the service serves over gRPC, ready without a database or a broker, and stops", async () => {
  const keys = testKeys();
  const log = createLogger({ service: "recurrence", level: "fatal" });
  const config = readRecurrenceConfig({
    GRPC_PORT: "0",
    ADMIN_PORT: "0",
    APP_API_TOKEN: keys.appApiToken,
    KEY_BUNDLE: keys.keyBundle,
  });
  await using stack = new AsyncDisposableStack();
  const app = stack.use(await startRecurrenceApp(config, { log }));
  const mesh = stack.use(
    directMesh({
      addresses: { recurrence: `127.0.0.1:${app.port}` },
      appApiTokens: { recurrence: keys.appApiToken },
      log,
    }),
  );
  const headers = await keys.headers("recurrence", { userId: "019ca8d7-2d00-7b51-b7d2-914464620001" });
  const client = createClient(RecurrenceService, mesh.transport("recurrence"));
  const { rrule } = await client.validateRule({ rrule: "FREQ=DAILY;INTERVAL=1" }, { headers });
  expect(rrule).toBe("FREQ=DAILY");
  const ready = await fetch(`http://127.0.0.1:${app.adminPort}/ready`);
  expect(ready.status).toBe(200);
  const metrics = await (await fetch(`http://127.0.0.1:${app.adminPort}/metrics`)).text();
  expect(metrics).toContain("rpc_server_calls_total");
  expect(metrics).not.toMatch(/relay_|outbox_|consumer_/);
});
