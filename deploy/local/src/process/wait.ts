import { get } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** Thrown when something did not become true in time. */
export class NotInTimeError extends Error {}

/**
 * Tries until it works. The last failure is the cause of the error at the end of the patience.
 * @param within patience in milliseconds
 */
export async function eventually<T>(
  what: string,
  attempt: (signal: AbortSignal) => Promise<T>,
  o: { within: number; every?: number; signal?: AbortSignal },
): Promise<T> {
  const deadline = performance.now() + o.within;
  for (;;) {
    o.signal?.throwIfAborted();
    try {
      return await attempt(AbortSignal.timeout(Math.max(1, Math.min(5_000, deadline - performance.now()))));
    } catch (cause) {
      if (performance.now() >= deadline) {
        throw new NotInTimeError(`${what} within ${o.within / 1000} s: ${messageOf(cause)}`, { cause });
      }
    }
    await sleep(o.every ?? 100, undefined, o.signal === undefined ? {} : { signal: o.signal });
  }
}

/** Answers whether a promise settled within a time. */
export async function settles(promise: Promise<unknown>, within: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(within, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    timer.abort();
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Succeeds when a URL answers with one of the wanted states. The connection is not kept: daprd would wait for its end
 * when it stops.
 */
export async function answers(url: string, signal: AbortSignal, wanted = [200, 204]): Promise<void> {
  const { status, body } = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const request = get(url, { agent: false, signal }, (response) => {
      text(response).then((read) => resolve({ status: response.statusCode ?? 0, body: read }), reject);
    });
    request.once("error", reject);
  });
  if (!wanted.includes(status)) throw new Error(`${url} answers ${status} ${body.slice(0, 200)}`);
}
