import { createServer, type ServerResponse } from "node:http";
import { answerHeapSnapshot, heapSnapshotPath, type ProfileFolder } from "./heap-snapshot.ts";
import { renderMetrics } from "./metrics.ts";
import "./process-metrics.ts";

const checkLimitMs = 2_000;

export interface Health {
  live(): boolean;
  /** Whether calls may come. `checks` says for each check `ok` or what is wrong with it. */
  ready(): Promise<Readiness>;
  started(): boolean;
}

export interface Readiness {
  ok: boolean;
  checks: Record<string, "ok" | string>;
}

/**
 * The health of an app. Ready is who has started, is not stopping and passes all checks, each within 2 s.
 *
 * A check resolves, or rejects with what is wrong. Its signal fires when nobody waits for it any more.
 */
export function createHealth(
  checks: Record<string, (signal: AbortSignal) => Promise<void>>,
): Health & { markStarted(): void; stopAccepting(): void } {
  let started = false;
  let stopping = false;
  return {
    live: () => true,
    started: () => started,
    markStarted: () => {
      started = true;
    },
    stopAccepting: () => {
      stopping = true;
    },
    async ready() {
      if (!started || stopping) return { ok: false, checks: { app: stopping ? "stopping" : "starting" } };
      const results = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check)] as const),
      );
      return { ok: results.every(([, result]) => result === "ok"), checks: Object.fromEntries(results) };
    },
  };
}

async function runCheck(check: (signal: AbortSignal) => Promise<void>): Promise<string> {
  const limit = new AbortController();
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => {
    limit.abort();
    late.resolve(`no answer within ${checkLimitMs} ms`);
  }, checkLimitMs);
  try {
    return await Promise.race([attempt(check, limit.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function attempt(check: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<string> {
  try {
    await check(signal);
    return "ok";
  } catch (error) {
    return faultOf(error);
  }
}

/** The code or the name of an error: its text may hold addresses and names that are nobody's business. */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return "failed";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

/** An answer of the health and metrics paths. */
export interface AdminAnswer {
  status: number;
  contentType: string;
  body: string;
}

/**
 * Answers /health/live, /health/ready, /health/startup, /health and /ready (R091, R092); `undefined` for every other path.
 * A failure is 503 with the checks as JSON (R094), never an exception.
 */
export async function handleHealth(path: string, health: Health): Promise<AdminAnswer | undefined> {
  switch (path) {
    case "/health":
    case "/health/live":
      return answer({ ok: health.live(), checks: {} });
    case "/health/startup":
      return answer({ ok: health.started(), checks: {} });
    case "/ready":
    case "/health/ready":
      return answer(await health.ready().catch((error) => ({ ok: false, checks: { app: faultOf(error) } })));
    default:
      return undefined;
  }
}

/** The same paths and /metrics, for operators alone: its text is large and names every method and topic. */
export async function handleAdmin(path: string, health: Health): Promise<AdminAnswer | undefined> {
  if (path !== "/metrics") return handleHealth(path, health);
  return renderMetrics().then(
    (body) => ({ status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body }),
    () => answer({ ok: false, checks: { metrics: "failed" } }),
  );
}

function answer({ ok, checks }: Readiness): AdminAnswer {
  const body = JSON.stringify({ status: ok ? "ok" : "unavailable", checks });
  return { status: ok ? 200 : 503, contentType: "application/json", body };
}

/**
 * Serves the paths of `handleAdmin` over HTTP, for operators: nobody else may reach the port. Rejects if it is taken.
 *
 * @param o.profiles where `POST /debug/heap-snapshot` puts what it takes. Not set: it takes none
 */
export async function serveAdmin(o: {
  host?: string;
  port: number;
  health: Health;
  profiles?: ProfileFolder | undefined;
}): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer({ requestTimeout: 10_000, keepAliveTimeout: 5_000 }, (request, response) => {
    const path = pathOf(request.url ?? "/");
    if (path === heapSnapshotPath && o.profiles !== undefined) {
      const { status, body } = answerHeapSnapshot(request, o.profiles);
      return send(response, status, "application/json", body);
    }
    if (request.method !== "GET" && request.method !== "HEAD") return send(response, 405, "text/plain", "");
    void handleAdmin(path, o.health).then((found) =>
      found === undefined
        ? send(response, 404, "text/plain", "not found\n")
        : send(response, found.status, found.contentType, found.body),
    );
  });
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject);
  server.listen(o.port, o.host ?? "127.0.0.1", listening.resolve);
  await listening.promise;
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : o.port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The path of a target; one that is none is not found. */
function pathOf(target: string): string {
  return URL.canParse(target, "http://admin") ? new URL(target, "http://admin").pathname : "";
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { "content-type": contentType, "cache-control": "no-store" });
  response.end(response.req.method === "HEAD" ? undefined : body);
}
