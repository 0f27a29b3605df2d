import { create } from "@bufbuild/protobuf";
import { createContextValues, type UnaryRequest, type UnaryResponse } from "@connectrpc/connect";
import { RateClass } from "@todo/kit/policy";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { expect, it } from "vitest";
import { type Caller, callKey } from "#src/call.ts";
import { exposedRoutes, nameOf } from "#src/routes.ts";
import { chargeByCost } from "./cost.ts";
import { createRateLimiter } from "./limiter.ts";

const routes = new Map(exposedRoutes().map((route) => [nameOf(route.method), route]));
const quotas = { all: 20, read: 20, write: 10, expensive: 3, auth: 5 };
const caller: Caller = {
  userId: "a",
  actor: "person",
  scopes: [],
  zone: "UTC",
  locale: "en",
  program: false,
};

/** How many calls of Undo in a row pass. */
async function passing(undoToken: string): Promise<number> {
  const limiter = createRateLimiter({ address: quotas, user: quotas, programs: 10 }, () => new Date(0));
  const method = TaskService.method.undo;
  const message = create(method.input, { undoToken });
  const charged = chargeByCost(routes, limiter)(async () => ({}) as UnaryResponse);
  for (let passed = 0; passed < 100; passed++) {
    const call = { ...createContextValues().get(callKey), caller };
    const contextValues = createContextValues().set(callKey, call);
    const counted = limiter.caller(caller, RateClass.WRITE);
    const request = { stream: false, method, message, contextValues } as unknown as UnaryRequest;
    if (counted.refusal || (await charged(request).catch(() => undefined)) === undefined) return passed;
  }
  return Number.POSITIVE_INFINITY;
}

it.each([
  ["a change of one thing", "w1-7-1", 10],
  ["a batch", "u1-7-2", 3],
  ["a tag that was renamed", "t1-7-1", 3],
  ["nothing that is known", "x", 3],
])("counts what takes back %s as what it takes back", async (_, token, count) => {
  expect(await passing(token)).toBe(count);
});
