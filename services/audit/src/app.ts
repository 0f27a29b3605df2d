import { appCallbackMounts } from "@todo/kit/app-callback";
import { kyselyOn } from "@todo/kit/database";
import { mount } from "@todo/kit/grpc/server";
import type { RunningApp } from "@todo/kit/running-app";
import { listen, openBasis, type ServiceOverrides } from "@todo/kit/service-app";
import { createSubscriber } from "@todo/kit/subscribe";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { createAuditService } from "#src/audit-service.ts";
import type { AuditConfig } from "#src/config.ts";
import { auditSubscriptions } from "#src/consumer.ts";
import { startInboxSweep } from "#src/inbox-sweep.ts";
import { migrations } from "#src/migrations.ts";
import { createRecorder, proveMasterKey } from "#src/recorder.ts";
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
  const vault = createVault(config.masterKey);
  await proveMasterKey(database, { vault, now });

  const recorder = createRecorder({ vault, now });
  stack.use(startInboxSweep({ database, now, everyMs: config.inboxSweepMs, log }));
  const subscriptions = auditSubscriptions({ recorder, now });
  const subscriber = createSubscriber({ app: "audit", database, subscriptions, log, now });
  const service = createAuditService({ database, vault, recorder, now });
  const ports = await listen(stack, basis, [mount(AuditService, service), ...appCallbackMounts(subscriber)]);
  const owned = stack.move();
  return { ...ports, subscriber, relay, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
