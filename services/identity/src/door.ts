import { setTimeout as wait } from "node:timers/promises";
import { currentTraceparent } from "@todo/kit/trace";
import { endpointOf } from "./endpoints.ts";
import { clientAddressHeader } from "./exchange.ts";
import type { PasswordWork } from "./password-work.ts";
import type { ProviderDatabase } from "./provider-database.ts";
import { shown } from "./shown.ts";

export interface DoorDeps {
  /** The provider. */
  handler: (request: Request) => Promise<Response>;
  work: Pick<PasswordWork, "during">;
  /** Called at the end of every request. */
  ended: (request: Request) => Promise<void>;
  during: ProviderDatabase["during"];
}

/** The one way to the provider: to what is offered of it, and to answers without secrets. */
export function createDoor(deps: DoorDeps): (request: Request) => Promise<Response> {
  return async (request) => {
    const endpoint = endpointOf(request);
    if (endpoint === undefined) return notFound();
    const begun = performance.now();
    const lane = request.headers.get(clientAddressHeader) ?? "";
    const traceparent = request.method === "GET" ? undefined : (currentTraceparent() ?? "");
    const response = await deps.work.during({ signal: request.signal, lane }, () =>
      deps.during(() => deps.handler(request).finally(() => deps.ended(request)), traceparent),
    );
    if (endpoint.password?.kind !== "sign-up") return shown(response, endpoint.answer);
    await nextStep(begun, request.signal);
    return shown(await asMade(response), endpoint.answer);
  };
}

const signUpStepMs = 250;

/** Whether an address has an account takes some milliseconds more or less, which this hides. */
async function nextStep(begun: number, signal: AbortSignal): Promise<void> {
  const taken = performance.now() - begun;
  await wait(signUpStepMs - (taken % signUpStepMs), undefined, { signal });
}

/**
 * The provider goes on with the status of its refusal where a hook answers instead: of several sign-ups at the same time
 * with one address all have the body of one that was made. Without it the database did not take the account.
 */
async function asMade(response: Response): Promise<Response> {
  if (response.status !== 422) return response;
  const { headers } = response;
  const body = (await response.json()) as Record<string, unknown>;
  return Response.json(body, { headers, status: "user" in body ? 200 : 503 });
}

function notFound(): Response {
  return Response.json({ code: "NOT_FOUND", message: "not found" }, { status: 404 });
}
