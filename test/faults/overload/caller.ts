import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import type { User } from "../../system/user.ts";

/** How one call ended: done, refused as the contract says, or in words what was wrong. */
export type Ending = "done" | "refused" | (string & {});

/** Makes one call after the other for users in turn. */
export interface Caller extends Disposable {
  call(): Promise<Ending>;
}

const timeoutMs = 5_000;

/** Creates tasks as a program would: JSON over HTTP/1.1, on connections that stay open. */
export function createCaller(gatewayUrl: string, users: readonly User[]): Caller {
  const url = new URL(`/${TaskService.typeName}/CreateTask`, gatewayUrl);
  const agent = new Agent({ keepAlive: true, maxSockets: 2_000 });
  let turn = 0;
  return {
    async call() {
      const token = users[turn++ % users.length]?.token ?? "";
      const headers = {
        "content-type": "application/json",
        "connect-timeout-ms": String(timeoutMs),
        authorization: `Bearer ${token}`,
      };
      const body = JSON.stringify({ title: `task ${turn}`, requestId: crypto.randomUUID() });
      try {
        return endingOf(await post(url, agent, headers, body));
      } catch (error) {
        return error instanceof Error && error.name === "AbortError" ? "no answer" : "no connection";
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function post(
  url: URL,
  agent: Agent,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; body: string }> {
  const signal = AbortSignal.timeout(timeoutMs + 2_000);
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, method: "POST", headers, signal }, (answer) => {
      const status = answer.statusCode ?? 0;
      text(answer).then((read) => resolve({ status, body: read }), reject);
    });
    asked.once("error", reject);
    asked.end(body);
  });
}

interface ConnectFailure {
  readonly code: string;
  readonly details?: readonly { readonly type: string }[];
}

/** A refusal names one of two codes, and says when to come back. */
export function endingOf({ status, body }: { status: number; body: string }): Ending {
  if (status === 200) return "done";
  const failure = JSON.parse(body) as ConnectFailure;
  if (!["resource_exhausted", "unavailable"].includes(failure.code)) return failure.code;
  const sayWhen = failure.details?.some(({ type }) => type === "google.rpc.RetryInfo") === true;
  return sayWhen ? "refused" : `${failure.code} without RetryInfo`;
}
