import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { createRequestJson } from "#src/create/request.ts";
import type { Call } from "#src/load/closed-loop.ts";
import type { Person } from "./people.ts";

const timeoutMs = 15_000;

/** Calls CreateTask at a gateway as a program would: JSON over HTTP/1.1, on connections that stay open. */
export function httpCaller(gatewayUrl: string, people: readonly Person[]): { call: Call } & Disposable {
  const url = new URL(`/${TaskService.typeName}/CreateTask`, gatewayUrl);
  const agent = new Agent({ keepAlive: true });
  return {
    async call(place) {
      const token = people[place % people.length]?.token ?? "";
      const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
      const signal = AbortSignal.timeout(timeoutMs);
      const asked = request(url, { agent, method: "POST", headers, signal }).end(createRequestJson());
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      const body = await answer.setEncoding("utf8").reduce((text: string, part: string) => text + part, "");
      if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}: ${body.slice(0, 300)}`);
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}
