import { Agent, request } from "node:http";

/** The gateway as a client from one address sees it. */
export interface Target {
  readonly port: number;
}

/** One answer, and how long it took. Status 0: there was none. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly ms: number;
}

/** Sends requests over HTTP/1.1 from one address of loopback, on connections that are kept. */
export interface Sender extends Disposable {
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** Longer than any deadline of the gateway: a request without an answer ends all the same. */
const patienceMs = 35_000;

export function senderFrom(localAddress: string, { port }: Target, maxSockets = 8): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets, localAddress } as object);
  const send = (method: string, path: string, body: string, headers: Readonly<Record<string, string>>) => {
    const begun = performance.now();
    return new Promise<Answer>((resolve) => {
      const answer = (status: number, text: string, got: Readonly<Record<string, unknown>>) =>
        resolve({ status, body: text, headers: got, ms: performance.now() - begun });
      const options = { host: "127.0.0.1", port, method, path, agent, timeout: patienceMs };
      const sending = request({ ...options, headers: { "content-type": "application/json", ...headers } });
      sending.on("error", (error) => answer(0, error.message, {}));
      sending.on("timeout", () => sending.destroy(new Error("no answer")));
      sending.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        response.on("error", (error) => answer(0, error.message, {}));
        response.on("end", () => answer(response.statusCode ?? 0, text, response.headers));
      });
      sending.end(body);
    });
  };
  return {
    post: (path, body, headers = {}) => send("POST", path, JSON.stringify(body), headers),
    get: (path, headers = {}) => send("GET", path, "", headers),
    [Symbol.dispose]: () => agent.destroy(),
  };
}
