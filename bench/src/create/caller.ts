import { randomUUID } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import { type AssertionIssuer, assertionHeader, requestIdHeader } from "@todo/kit/assertion";
import type { Mesh } from "@todo/kit/mesh";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import type { Call } from "#src/load/closed-loop.ts";
import { createRequest } from "./request.ts";

/** A user as the gateway vouches for one. */
export function asGateway(userId: string): Parameters<AssertionIssuer["assert"]>[1] {
  return { userId, actor: "person", scopes: ["tasks:read", "tasks:write"], zone: "UTC", locale: "en" };
}

/** Calls CreateTask as the gateway does: each place in the name of a user of its own, since those of one take turns. */
export function createTaskCaller(o: {
  mesh: Mesh;
  assertions: AssertionIssuer;
  userIds: readonly string[];
}): Call {
  const client = createClient(TaskService, o.mesh.transport("task"));
  return async (place) => {
    const userId = o.userIds[place % o.userIds.length] ?? "";
    const assertion = await o.assertions.assert("task", asGateway(userId));
    await client.createTask(createRequest(), {
      headers: { [assertionHeader]: assertion, [requestIdHeader]: randomUUID() },
    });
  };
}
