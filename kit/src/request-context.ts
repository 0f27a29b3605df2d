import { context, createContextKey } from "@opentelemetry/api";

/** What the logs of one request have in common. `userId` is filled in once the caller is known. */
export interface RequestContext {
  readonly requestId: string;
  userId?: string;
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
