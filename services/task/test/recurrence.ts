import { createAssertionIssuer, createAssertionVerifier } from "@todo/kit/assertion";
import { serviceInterceptors } from "@todo/kit/grpc/interceptors";
import { inMemoryTransport, mount } from "@todo/kit/grpc/router";
import { createLogger } from "@todo/kit/log";
import type { TestKeys } from "@todo/kit/testing/keys";
import { RecurrenceService } from "@todo/proto/todo/recurrence/v1/recurrence_service";
import { createRecurrenceService } from "@todo/recurrence/recurrence-service";
import type { TaskOverrides } from "#src/app.ts";

/** The version of the time zones that services have in tests. */
export const testZones = "2026a";

/** The real recurrence service, without a network in between. */
export function callsTo(
  keys: TestKeys,
  now: () => Date,
  tzdata = testZones,
): Required<TaskOverrides>["calls"] {
  const interceptors = serviceInterceptors({
    app: "recurrence",
    log: createLogger({ service: "recurrence", level: "fatal" }),
    appApiToken: keys.appApiToken,
    verifier: createAssertionVerifier({ app: "recurrence", keyBundle: keys.keyBundle }),
  });
  const service = mount(RecurrenceService, createRecurrenceService({ now, tzdata }));
  const transport = inMemoryTransport([service], interceptors, {
    headers: { "dapr-api-token": keys.appApiToken },
  });
  return {
    mesh: { transport: () => transport, async [Symbol.asyncDispose]() {} },
    issuer: createAssertionIssuer({ app: "task", signingKey: keys.signingKey("task") }),
  };
}
