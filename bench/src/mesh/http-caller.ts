import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { createRequestJson } from "#src/create/request.ts";
import type { Call } from "#src/load/closed-loop.ts";
import { jsonCaller } from "#src/load/json-caller.ts";
import type { Person } from "./people.ts";

/** Calls CreateTask at a gateway as a program would. */
export function httpCaller(gatewayUrl: string, people: readonly Person[]): { call: Call } & Disposable {
  const caller = jsonCaller(gatewayUrl);
  const path = `/${TaskService.typeName}/CreateTask`;
  return {
    async call(place) {
      const headers = { authorization: `Bearer ${people[place % people.length]?.token ?? ""}` };
      await caller.ask({ method: "POST", path, headers, body: createRequestJson() });
    },
    [Symbol.dispose]: () => caller[Symbol.dispose](),
  };
}
