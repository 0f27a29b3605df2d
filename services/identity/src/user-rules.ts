import { readZone } from "@todo/rrule/zone/names";
import { APIError } from "better-auth/api";
import { defaultLocale, defaultZone, localeTagged, nameWritten } from "./profile.ts";

const longestEmail = 254;
const longestImage = 2048;

/**
 * The rules of our contract for what the provider is about to write, whichever of its paths leads there. Fields that it
 * leaves alone stay out of the answer.
 *
 * @throws APIError with status 400 for the first field that breaks its rule.
 */
export function checkUser(user: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const checked: Record<string, unknown> = {};
  for (const [field, check] of Object.entries(checks)) {
    if (user[field] !== undefined) checked[field] = check(user[field]);
  }
  return checked;
}

const checks: Record<string, (value: unknown) => unknown> = {
  name: (value) => nameWritten(text(value)) ?? refuse("INVALID_NAME", "name is too long or not printable"),
  email: (value) => shorter(value, longestEmail) ?? refuse("INVALID_EMAIL", "address is too long"),
  image: (value) =>
    value === null ? null : (shorter(value, longestImage) ?? refuse("INVALID_IMAGE", "image is too long")),
  zone: (value) => {
    const zone = readZone(text(value) || defaultZone);
    return zone.tzid ?? refuse("INVALID_ZONE", zone.message);
  },
  locale: (value) =>
    localeTagged(text(value) || defaultLocale) ??
    refuse("INVALID_LOCALE", "locale is no language tag of BCP 47"),
};

function text(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

function shorter(value: unknown, longest: number): string | undefined {
  const found = text(value);
  return found.length > longest || found.includes("\u0000") ? undefined : found;
}

function refuse(code: string, message: string): never {
  throw new APIError("BAD_REQUEST", { code, message });
}
