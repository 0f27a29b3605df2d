import { randomUUIDv7 } from "node:crypto";
import { APIError, createAuthMiddleware, isAPIError } from "better-auth/api";
import type { Attempts, SignIn } from "./attempts.ts";
import { endpoints, type PasswordUse } from "./endpoints.ts";
import { clientAddressHeader } from "./exchange.ts";
import type { PasswordFailures } from "./password-failures.ts";
import type { PasswordWork } from "./password-work.ts";
import { checkUser } from "./user-rules.ts";

export interface PasswordHookDeps {
  attempts: Attempts;
  work: Pick<PasswordWork, "enter" | "verified">;
  /** The hash of a user's password, as it is now. */
  currentHash: (userId: string) => Promise<string | null | undefined>;
  failures: PasswordFailures;
  /** Whose session a request came with. */
  sessionOf: (headers: Headers) => Promise<{ user: { id: string }; session: { id: string } } | null>;
  /** Called when a session is about to set another password, so that it is not ended by that. */
  keepSession: (id: string) => void;
  /** Throws if no account can be made at the moment. */
  mayMakeAccount: () => void;
  now: () => Date;
}

/** One use of a password that was let through, until it is known what came out. */
interface Use {
  after(ctx: AfterContext): Promise<unknown>;
  /** No password was looked at after all. */
  abandoned(): Promise<void>;
}

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];
type AfterContext = Context;

/**
 * The guard of every place at which the provider looks at a password: before it whether there may be an attempt and when
 * it is its turn, after it what came out.
 */
export function passwordHooks(deps: PasswordHookDeps) {
  const uses = new WeakMap<Request, Use>();
  return {
    before: createAuthMiddleware(async (ctx) => {
      const kind = endpoints[ctx.path]?.password;
      if (kind === undefined || ctx.request === undefined) return;
      const use = await begin(deps, ctx, kind);
      if (use === undefined) return;
      uses.set(ctx.request, use);
      await deps.work.enter();
    }),
    after: createAuthMiddleware(async (ctx) => {
      const use = ctx.request && uses.get(ctx.request);
      if (ctx.request === undefined || use === undefined) return;
      const answer = await use.after(ctx);
      uses.delete(ctx.request);
      return answer;
    }),
    /** To be called at the end of every request. */
    async ended(request: Request): Promise<void> {
      await uses.get(request)?.abandoned();
    },
  };
}

/** Undefined: the provider refuses the request without looking at a password. */
function begin(deps: PasswordHookDeps, ctx: Context, kind: PasswordUse): Promise<Use | undefined> {
  if (kind.kind === "sign-in") return beginSignIn(deps, ctx);
  if (kind.kind === "confirm") return beginConfirm(deps, ctx, kind.field);
  return beginSignUp(deps, ctx);
}

async function beginSignIn(
  { attempts, failures, work, currentHash }: PasswordHookDeps,
  ctx: Context,
): Promise<Use | undefined> {
  const { email, password } = bodyOf(ctx);
  if (typeof email !== "string" || typeof password !== "string" || !email.includes("@")) return undefined;
  const clientAddress = addressOf(ctx);
  const signIn: SignIn = { email, clientAddress };
  const { waitMs, charged } = await attempts.ask(signIn);
  if (waitMs > 0) throw tooFast(waitMs);
  const abandoned = () => attempts.abandoned({ ...signIn, charged });
  return {
    abandoned,
    async after({ context: { returned, newSession, internalAdapter } }) {
      if (newSession) {
        const userId = newSession.user.id;
        await attempts.succeeded({ ...signIn, charged, userId });
        // The password was changed between its check and the begin of the session, which that change did not see.
        if ((await currentHash(userId)) === work.verified()) return undefined;
        await internalAdapter.deleteSession(newSession.session.token);
        throw new APIError("UNAUTHORIZED", { code: "INVALID_EMAIL_OR_PASSWORD", message: wrongSignIn });
      }
      if (!isAPIError(returned) || returned.statusCode !== 401) return abandoned();
      const found = await internalAdapter.findUserByEmail(email.toLowerCase());
      return failures.signIn({ email, userId: found?.user.id, clientAddress });
    },
  };
}

async function beginConfirm(
  { attempts, failures, sessionOf, keepSession }: PasswordHookDeps,
  ctx: Context,
  field: string,
): Promise<Use | undefined> {
  const password = bodyOf(ctx)[field];
  const found = ctx.headers && (await sessionOf(ctx.headers));
  if (!found || typeof password !== "string" || password === "") return undefined;
  const confirmation = { userId: found.user.id, clientAddress: addressOf(ctx) };
  const { waitMs } = await attempts.askToConfirm(confirmation);
  if (waitMs > 0) throw tooFast(waitMs);
  keepSession(found.session.id);
  const abandoned = () => attempts.notConfirmed(confirmation);
  return {
    abandoned,
    async after({ context: { returned } }) {
      if (!isAPIError(returned)) return attempts.confirmed(confirmation);
      if (returned.body?.["code"] !== "INVALID_PASSWORD") return abandoned();
      const method = `/api/auth${ctx.path}`;
      return failures.confirmation({ userId: found.user.id, method, requestId: requestIdOf(ctx) });
    },
  };
}

/**
 * Answers alike whether the address has an account or not, in every field, so that nobody learns that (OWASP ASVS 5.0,
 * 6.3.8). Whatever the provider would refuse only for one of the two is refused beforehand.
 */
async function beginSignUp(
  { mayMakeAccount, now }: PasswordHookDeps,
  ctx: Context,
): Promise<Use | undefined> {
  const { name, email, image, zone, locale } = bodyOf(ctx);
  if (typeof name !== "string" || typeof email !== "string") return undefined;
  const asked = { name, email, image: image ?? null, zone: zone ?? "", locale: locale ?? "" };
  for (const [field, value] of Object.entries(asked)) {
    if (value === null || typeof value === "string") continue;
    throw new APIError("BAD_REQUEST", { code: "VALIDATION_ERROR", message: `${field} is no text` });
  }
  const checked = checkUser(asked);
  mayMakeAccount();
  return {
    abandoned: async () => undefined,
    async after({ context: { returned, internalAdapter }, json }) {
      if (isAPIError(returned)) {
        if (returned.statusCode !== 422) return undefined;
        // Somebody made an account with the address meanwhile, or the database did not take this one.
        if ((await internalAdapter.findUserByEmail(email.toLowerCase())) === null) return undefined;
      }
      const made = (returned as { user?: { id?: string } } | undefined)?.user;
      const [id, at] = [made?.id ?? randomUUIDv7(), now()];
      const user = { ...checked, id, email: email.toLowerCase(), emailVerified: false };
      return json({ token: null, user: { ...user, createdAt: at, updatedAt: at } });
    },
  };
}

/** In the provider's words. */
const wrongSignIn = "Invalid email or password";

function bodyOf(ctx: Context): Record<string, unknown> {
  return (ctx.body ?? {}) as Record<string, unknown>;
}

function addressOf(ctx: Context): string {
  return ctx.headers?.get(clientAddressHeader) ?? "";
}

function requestIdOf(ctx: Context): string {
  return ctx.headers?.get("x-request-id") ?? "";
}

function tooFast(waitMs: number): APIError {
  return new APIError(
    "TOO_MANY_REQUESTS",
    { code: "RATE_LIMITED", message: "too many wrong passwords: try again later" },
    { "retry-after": String(Math.ceil(waitMs / 1000)) },
  );
}
