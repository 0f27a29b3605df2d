import { appCallbackMounts } from "@todo/kit/app-callback";
import { boundTo } from "@todo/kit/bound-pool";
import { kyselyOn } from "@todo/kit/database";
import { mount } from "@todo/kit/grpc/server";
import { kafkaInspector } from "@todo/kit/kafka-inspector";
import { meshOf } from "@todo/kit/mesh";
import { createParkedEventsService } from "@todo/kit/parked-events";
import type { RunningApp } from "@todo/kit/running-app";
import { openBasis } from "@todo/kit/service-app";
import { listen, type ServiceOverrides } from "@todo/kit/service-ground";
import { createSubscriber } from "@todo/kit/subscribe";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { EventAdminService } from "@todo/proto/todo/audit/v1/event_admin_service";
import { ParkedEventsService } from "@todo/proto/todo/audit/v1/parked_events_service";
import { createAuditService } from "#src/audit-service.ts";
import type { AuditConfig } from "#src/config.ts";
import { auditSubscriptions } from "#src/consumer.ts";
import { allConsumers } from "#src/consumers.ts";
import { createEventAdminService } from "#src/event-admin-service.ts";
import { migrations } from "#src/migrations.ts";
import { createRecorder, proveMasterKey } from "#src/recorder.ts";
import { startSweep } from "#src/sweep.ts";
import { startTellHeld } from "#src/tell-held.ts";
import { createVault } from "#src/vault.ts";

/** Puts the service together and starts it. Disposing of it stops it in order: intake first, the database last. */
export async function startAuditApp(
  config: AuditConfig,
  overrides: ServiceOverrides = {},
): Promise<RunningApp> {
  await using stack = new AsyncDisposableStack();
  const basis = await openBasis(stack, { app: "audit", config, migrations, overrides });
  const { now, log, relay } = basis;
  const database = kyselyOn(basis.pool);
  const databaseFor = (signal: AbortSignal) => kyselyOn(boundTo(basis.pool, signal));
  const vault = createVault(config.masterKey);
  await proveMasterKey(database, { vault, now });

  const recorder = createRecorder({ vault, now });
  stack.use(startSweep({ database, now, everyMs: config.inboxSweepMs, log }));
  stack.use(startTellHeld({ database, recorder, now, log, everyMs: config.heldRefusalsMs }));
  const subscriptions = auditSubscriptions({ recorder, now });
  const { failpoints } = basis;
  const subscriber = createSubscriber({ app: "audit", database, subscriptions, log, now, failpoints });
  const service = createAuditService({ databaseFor, database, vault, recorder, now });
  const parked = createParkedEventsService({ app: "audit", database, subscriber });
  const mesh = stack.use(meshOf(config.sidecar, { log }));
  const consumers = allConsumers({ own: parked, mesh, log });
  const kafka = kafkaInspector({ kafka: config.kafka, clientId: "audit" });
  const kick = () => relay.kick();
  const admin = createEventAdminService({ database, consumers, kafka, now, kick });
  const ports = await listen(stack, basis, [
    mount(AuditService, service),
    mount(EventAdminService, admin),
    mount(ParkedEventsService, parked),
    ...appCallbackMounts(subscriber),
  ]);
  const owned = stack.move();
  return { ...ports, subscriber, relay, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
