import { randomUUID } from "node:crypto";
import { type ContextKey, createContextKey } from "@connectrpc/connect";
import type { RequestContext } from "../request-context.ts";

/** The request that a call belongs to, as its interceptors and handlers see it. */
export const requestKey: ContextKey<RequestContext | undefined> = createContextKey<
  RequestContext | undefined
>(undefined, { description: "request" });

const wellFormed = /^[A-Za-z0-9_-]{8,64}$/;

/** The id that came with a call if it is well-formed, otherwise a new one (R105). */
export function requestIdOf(header: string | null): string {
  return header !== null && wellFormed.test(header) ? header : randomUUID();
}
