import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { AppCallback, AppCallbackHealthCheck } from "@todo/proto/dapr/proto/runtime/v1/appcallback";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { describe, expect, it } from "vitest";
import { stub } from "../../test/stub.ts";
import { createAssertionVerifier } from "../assertion.ts";
import { reasonOf } from "../errors.ts";
import { createLogger } from "../log.ts";
import { testKeys } from "../testing/keys.ts";
import { serviceInterceptors } from "./interceptors.ts";
import { inMemoryTransport, mount } from "./router.ts";

const keys = testKeys();
const log = createLogger({ service: "task", destination: { write: () => undefined } });
const verifier = createAssertionVerifier({ app: "task", keyBundle: keys.keyBundle });
const mounts = [
  mount(
    AppCallback,
    stub(AppCallback, {
      onTopicEvent: () => ({}),
      listTopicSubscriptions: () => ({}),
      listInputBindings: () => ({}),
      onBindingEvent: () => ({}),
    }),
  ),
  mount(AppCallbackHealthCheck, { healthCheck: () => ({}) }),
  mount(TaskService, stub(TaskService, { scanTasks: () => ({}) })),
];

function clients(headers: Record<string, string>) {
  const interceptors = serviceInterceptors({ app: "task", log, appApiToken: keys.appApiToken, verifier });
  const transport = inMemoryTransport(mounts, interceptors, { headers });
  return {
    callback: createClient(AppCallback, transport),
    health: createClient(AppCallbackHealthCheck, transport),
    tasks: createClient(TaskService, transport),
  };
}

async function reasonFor(call: Promise<unknown>): Promise<string | undefined> {
  const error = await call.then(
    () => undefined,
    (reason) => reason,
  );
  if (error === undefined) return "accepted";
  expect(error).toBeInstanceOf(ConnectError);
  expect((error as ConnectError).code).toBe(Code.Unauthenticated);
  return reasonOf(error as ConnectError);
}

describe("a service", () => {
  it.each([
    ["no token", {}, "CREDENTIALS_MISSING"],
    ["a wrong token", { "dapr-api-token": "x".repeat(keys.appApiToken.length) }, "CREDENTIALS_INVALID"],
    ["a shorter token", { "dapr-api-token": keys.appApiToken.slice(1) }, "CREDENTIALS_INVALID"],
    ["the token among others", { "dapr-api-token": `x, ${keys.appApiToken}` }, "CREDENTIALS_INVALID"],
    ["the sidecar's token", { "dapr-api-token": keys.appApiToken }, "accepted"],
  ])(
    "with %s: is closed to events, bindings and calls unless the token is right",
    async (_what, headers, outcome) => {
      const { callback, tasks } = clients(headers as Record<string, string>);
      expect(await reasonFor(callback.onTopicEvent({}))).toBe(outcome);
      expect(await reasonFor(callback.onBindingEvent({}))).toBe(outcome);
      expect(await reasonFor(tasks.scanTasks({}))).toBe(outcome);
    },
  );

  it("answers what the sidecar asks without its token", async () => {
    const { callback, health } = clients({});
    expect(await reasonFor(health.healthCheck({}))).toBe("accepted");
    expect(await reasonFor(callback.listTopicSubscriptions({}))).toBe("accepted");
    expect(await reasonFor(callback.listInputBindings({}))).toBe("accepted");
  });

  it("does not start without a token to compare with", () => {
    expect(() => serviceInterceptors({ app: "task", log, appApiToken: "", verifier })).toThrow(
      "token is empty",
    );
  });
});
