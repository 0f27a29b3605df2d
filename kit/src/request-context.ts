import { context, createContextKey } from "@opentelemetry/api";

/** What the logs of one request have in common, and what its calls to others go by. */
export interface RequestContext {
  readonly requestId: string;
  /** Filled in once the caller is known. */
  userId?: string;
  /** When the caller stops to wait, as milliseconds of the epoch. Not set once the answer is out. */
  deadline?: number;
}

export const requestContextKey = createContextKey("todo request");

/** The request that the running code works for; `undefined` outside of one, and where telemetry.ts was not loaded. */
export function currentRequest(): RequestContext | undefined {
  return context.active().getValue(requestContextKey) as RequestContext | undefined;
}

/** Runs `fn` with everything it logs and calls tied to a request. */
export function withRequest<T>(request: RequestContext, fn: () => T): T {
  return context.with(context.active().setValue(requestContextKey, request), fn);
}
