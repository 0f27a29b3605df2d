import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { bearer, post, reasonIn, startFixture, until } from "./harness.ts";

it("keeps callers who leave a service no time from closing it to everybody else [R097]", async () => {
  await using fixture = await startFixture({ breaker: { failures: 3, openMs: 60_000 } });
  const [hasty, other] = [await fixture.identity.token(), await fixture.identity.token()].map(bearer);
  let waiting = 0;
  fixture.task.getTask = async (_, { signal }) => {
    waiting += 1;
    // On a busy machine some are over before they begin.
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    waiting -= 1;
    return {};
  };
  for (let call = 0; call < 10; call++) {
    const headers = { ...hasty, "connect-timeout-ms": "50" };
    const { body } = await post(fixture.url, "GetTask", { id: randomUUID() }, headers);
    expect(reasonIn(body)).toBe("DEADLINE_PASSED");
  }
  await until(() => waiting === 0);
  expect((await post(fixture.url, "ListTasks", {}, other)).status).toBe(200);
});
