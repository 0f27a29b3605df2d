import { domainError, ErrorReason } from "@todo/kit/errors";
import { methodRule } from "@todo/kit/policy";
import { services } from "@todo/kit/services";
import { fieldInvalid } from "./errors.ts";
import { nameWritten } from "./profile.ts";

const dayMs = 24 * 60 * 60 * 1000;
const defaultLifeMs = 90 * dayMs;
const longestLifeMs = 366 * dayMs;

/** What only the person may do: make and see tokens, end sessions, take the account out or erase it. */
const ofPerson = /^(tokens|sessions|account):/;

/** What a token can be given: every scope that a method asks for, but those of the person. */
export const grantableScopes: ReadonlySet<string> = new Set(
  services
    .flatMap((service) => service.methods.map((method) => methodRule(method).scope))
    .filter((scope) => scope !== "" && !ofPerson.test(scope)),
);

/** @throws DomainError REQUEST_INVALID for a scope that no token can have, SCOPE_MISSING for one the caller lacks. */
export function checkScopes(scopes: readonly string[], ofCaller: readonly string[]): string[] {
  for (const [index, scope] of scopes.entries()) {
    if (!grantableScopes.has(scope)) throw fieldInvalid(`scopes[${index}]`, "is no scope of tokens");
    if (!ofCaller.includes(scope)) {
      throw domainError(ErrorReason.SCOPE_MISSING, `scope ${scope} is missing`, { metadata: { scope } });
    }
  }
  return [...scopes];
}

/** @throws DomainError REQUEST_INVALID */
export function checkName(text: string): string {
  return nameWritten(text) || refuse("name", "is not printable");
}

/** @throws DomainError REQUEST_INVALID */
export function checkExpireTime(asked: Date | undefined, now: Date): Date {
  if (asked === undefined) return new Date(now.getTime() + defaultLifeMs);
  const lifeMs = asked.getTime() - now.getTime();
  if (lifeMs <= 0) refuse("expire_time", "must be in the future");
  if (lifeMs > longestLifeMs) refuse("expire_time", "must be within 366 days");
  return asked;
}

function refuse(field: string, description: string): never {
  throw fieldInvalid(field, description);
}
