import { randomUUID } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import { type AssertionIssuer, assertionHeader, requestIdHeader } from "@todo/kit/assertion";
import type { Mesh } from "@todo/kit/mesh";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import type { Call } from "#src/load/closed-loop.ts";
import { createRequest } from "./request.ts";

const scopes = ["tasks:read", "tasks:write"];

/** Calls CreateTask as the gateway does: each place in the name of a user of its own, since those of one take turns. */
export function createTaskCaller(o: {
  mesh: Mesh;
  assertions: AssertionIssuer;
  userIds: readonly string[];
}): Call {
  const client = createClient(TaskService, o.mesh.transport("task"));
  return async (place) => {
    const userId = o.userIds[place % o.userIds.length] ?? "";
    const assertion = await o.assertions.assert("task", {
      userId,
      actor: "person",
      scopes,
      zone: "UTC",
      locale: "en",
    });
    await client.createTask(createRequest(), {
      headers: { [assertionHeader]: assertion, [requestIdHeader]: randomUUID() },
    });
  };
}
