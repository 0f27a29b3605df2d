/** What a profile says until its user says otherwise. */
export const defaultZone = "UTC";
export const defaultLocale = "en";

/** The longest name a user may have, as in the contract of Profile. */
export const longestName = 100;

/** Returns `text` as a canonical BCP 47 tag, or undefined if it is not well-formed. */
export function localeTagged(text: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(text)[0];
  } catch {
    return undefined;
  }
}

/** Returns `text` as a name that can be shown, or undefined if it is too long or holds control characters. */
export function nameWritten(text: string): string | undefined {
  const name = text.trim();
  return name.length > longestName || /\p{Cc}/u.test(name) ? undefined : name;
}
