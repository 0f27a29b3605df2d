import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";

const timeoutMs = 15_000;

/** Calls a server as a program would: JSON over HTTP/1.1, on connections that stay open. */
export interface JsonCaller extends Disposable {
  /** Answers with the text of the answer. Whatever is not 200 is thrown. */
  ask(o: {
    method: string;
    path: string;
    headers: Readonly<Record<string, string>>;
    body?: string;
  }): Promise<string>;
}

export function jsonCaller(baseUrl: string): JsonCaller {
  const agent = new Agent({ keepAlive: true });
  return {
    async ask({ method, path, body, headers: own }) {
      const headers = body === undefined ? own : { ...own, "content-type": "application/json" };
      const signal = AbortSignal.timeout(timeoutMs);
      const asked = request(new URL(path, baseUrl), { agent, method, headers, signal }).end(body);
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      const text = await answer.setEncoding("utf8").reduce((all: string, part: string) => all + part, "");
      if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}: ${text.slice(0, 300)}`);
      return text;
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}
