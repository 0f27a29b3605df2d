import { mount } from "@todo/kit/grpc/server";
import type { RunningApp } from "@todo/kit/running-app";
import { groundOf, listen, type ServiceOverrides } from "@todo/kit/service-ground";
import { RecurrenceService } from "@todo/proto/todo/recurrence/v1/recurrence_service";
import type { RecurrenceConfig } from "#src/config.ts";
import { createRecurrenceService } from "#src/recurrence-service.ts";

/** Puts the service together and starts it. It keeps nothing, so that stopping it is to stop listening. */
export async function startRecurrenceApp(
  config: RecurrenceConfig,
  overrides: ServiceOverrides = {},
): Promise<RunningApp> {
  await using stack = new AsyncDisposableStack();
  const ground = groundOf({ app: "recurrence", config, overrides });
  const service = createRecurrenceService({ now: ground.now });
  const ports = await listen(stack, ground, [mount(RecurrenceService, service)]);
  const owned = stack.move();
  return { ...ports, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
