import { type ContextKey, createContextKey, type HandlerContext } from "@connectrpc/connect";
import { domainError, ErrorReason } from "./errors.ts";
import type { Issuer } from "./services.ts";

/** On whose behalf a call runs, as the assertion that came with it says. */
export interface Principal {
  userId: string;
  actor: "person" | "agent" | "service";
  /** Who vouched for the user. */
  issuer: Issuer;
  scopes: readonly string[];
  /** The session that the credentials belong to. Not set: none. */
  sessionId?: string;
  /** IANA name of the user's time zone. */
  zone: string;
  /** BCP 47 tag of the user's language. */
  locale: string;
  /** The id that ties the logs of one request together over all apps. */
  requestId: string;
}

export const principalKey: ContextKey<Principal | undefined> = createContextKey<Principal | undefined>(
  undefined,
  { description: "principal" },
);

/** The principal of a call. Throws CREDENTIALS_MISSING where nobody vouched for a user. */
export function principalOf(context: Pick<HandlerContext, "values">): Principal {
  const principal = context.values.get(principalKey);
  if (principal === undefined) throw domainError(ErrorReason.CREDENTIALS_MISSING, "sign in first");
  return principal;
}
