import "@todo/kit/telemetry";
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { bearer, post, startFixture, until } from "./harness.ts";

it("goes on with the caller's trace, and puts its ids and the user's into the log [R104] [R105]", async () => {
  await using fixture = await startFixture();
  const userId = randomUUID();
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  await post(
    fixture.url,
    "GetTask",
    { id: randomUUID() },
    {
      ...bearer(await fixture.identity.token({ sub: userId })),
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      "x-request-id": "trace-me-0001",
    },
  );
  expect(fixture.received[0]?.header.get("traceparent")).toMatch(
    new RegExp(`^00-${traceId}-(?!b7ad6b7169203331)`),
  );
  await until(() => fixture.logged().includes("TaskService/GetTask"));
  const record = fixture
    .logged()
    .split("\n")
    .find((line) => line.includes("TaskService/GetTask"));
  expect(JSON.parse(record ?? "{}")).toMatchObject({
    level: "info",
    service: "gateway",
    user_id: userId,
    request_id: "trace-me-0001",
    trace_id: traceId,
    message: "request",
    context: { route: "todo.task.v1.TaskService/GetTask", status: 200, took_ms: expect.any(Number) },
  });
});
