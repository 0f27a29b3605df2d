import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { workloadId } from "../mesh/identity.ts";
import { expect, type Step } from "./journey.ts";

export const deniedCallStep: Step = {
  sentence: "the sidecar of task refuses a call from audit, and knows who it is",
  async run({ system }) {
    const audit = system.apps["audit"];
    expect(audit !== undefined, "audit does not run");
    const transport = createGrpcTransport({
      baseUrl: `http://127.0.0.1:${audit.ports.daprGrpc}`,
      defaultTimeoutMs: 15_000,
    });
    const headers = { "dapr-app-id": "task", "dapr-api-token": audit.apiToken.value };
    const error = await createClient(TaskService, transport)
      .listTasks({}, { headers })
      .then(
        () => undefined,
        (reason) => ConnectError.from(reason),
      );
    expect(error !== undefined, "the call was let through");
    expect(error.code === Code.PermissionDenied, `the call failed otherwise: ${error.message}`);
    expect(
      error.message.includes(workloadId("audit")),
      `the refusal does not name the caller: ${error.message}`,
    );
  },
};
