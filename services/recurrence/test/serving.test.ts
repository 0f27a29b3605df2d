import { createClient } from "@connectrpc/connect";
import { createLogger } from "@todo/kit/log";
import { directMesh } from "@todo/kit/mesh";
import { RecurrenceService } from "@todo/proto/todo/recurrence/v1/recurrence_service";
import { expect, it, vi } from "vitest";
import { startBed } from "./fixture.ts";

it("the service serves over gRPC, ready without a broker, and stops", async () => {
  await using bed = await startBed();
  const { app, keys } = bed;
  const log = createLogger({ service: "recurrence", level: "fatal" });
  await using mesh = directMesh({
    addresses: { recurrence: `127.0.0.1:${app.port}` },
    appApiTokens: { recurrence: keys.appApiToken },
    log,
  });
  const headers = await keys.headers("recurrence", { userId: "019ca8d7-2d00-7b51-b7d2-914464620001" });
  const client = createClient(RecurrenceService, mesh.transport("recurrence"));
  const { rrule } = await client.validateRule({ rrule: "FREQ=DAILY;INTERVAL=1" }, { headers });
  expect(rrule).toBe("FREQ=DAILY");
  const ready = async () => expect((await fetch(`http://127.0.0.1:${app.adminPort}/ready`)).status).toBe(200);
  await vi.waitFor(ready, { timeout: 20_000 });
});
