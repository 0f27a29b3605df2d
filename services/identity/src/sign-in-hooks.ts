import { APIError, createAuthMiddleware, isAPIError } from "better-auth/api";
import type { Attempts, Charged, SignIn } from "./attempts.ts";
import { clientAddressHeader } from "./exchange.ts";
import type { RefusedSignIn } from "./sign-in-failures.ts";

export interface SignInHookDeps {
  attempts: Attempts;
  refusedSignIn: (refused: RefusedSignIn) => Promise<void>;
}

const path = "/sign-in/email";

/** What happens around the provider's check of a password: before it whether there may be one, after it what came out. */
export function signInHooks({ attempts, refusedSignIn }: SignInHookDeps) {
  const charged = new WeakMap<Request, SignIn & { charged: Charged }>();
  return {
    before: createAuthMiddleware(async (ctx) => {
      if (ctx.path !== path || ctx.request === undefined) return;
      const attempt = attemptIn(ctx.body, ctx.headers);
      if (attempt === undefined) return;
      const { waitMs, ...asked } = await attempts.ask(attempt);
      if (waitMs > 0) throw tooFast(waitMs);
      charged.set(ctx.request, { ...attempt, ...asked });
    }),
    after: createAuthMiddleware(async (ctx) => {
      const attempt = ctx.request && charged.get(ctx.request);
      if (attempt === undefined) return;
      const { returned, newSession, internalAdapter } = ctx.context;
      if (newSession) return attempts.succeeded({ ...attempt, userId: newSession.user.id });
      if (!isAPIError(returned) || returned.statusCode !== 401) return attempts.abandoned(attempt);
      const found = await internalAdapter.findUserByEmail(attempt.email.toLowerCase());
      const { email, clientAddress } = attempt;
      await refusedSignIn({ email, userId: found?.user.id, clientAddress });
    }),
  };
}

/** Undefined: the provider refuses it without looking at a password. */
function attemptIn(body: unknown, headers: Headers | undefined): SignIn | undefined {
  const { email, password } = (body ?? {}) as { email?: unknown; password?: unknown };
  if (typeof email !== "string" || typeof password !== "string" || !email.includes("@")) return undefined;
  return { email, clientAddress: headers?.get(clientAddressHeader) ?? "" };
}

function tooFast(waitMs: number): APIError {
  return new APIError(
    "TOO_MANY_REQUESTS",
    { code: "RATE_LIMITED", message: "too many failed sign-ins: try again later" },
    { "retry-after": String(Math.ceil(waitMs / 1000)) },
  );
}
