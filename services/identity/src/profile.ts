/** What a profile says until its user says otherwise. */
export const defaultZone = "UTC";
export const defaultLocale = "en";

/** The longest name a user may have, as in the contract of Profile. */
export const longestName = 100;

/** Returns the IANA zone that `text` names, or undefined if the runtime knows no such zone. */
export function zoneNamed(text: string): string | undefined {
  // Intl also takes offsets such as +01:00, which have no summer time and are no zone of IANA.
  if (!/^[A-Za-z]/.test(text)) return undefined;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions();
    // Intl resolves Asia/Kolkata to the older Asia/Calcutta: take its spelling, never its choice among aliases.
    return timeZone.toLowerCase() === text.toLowerCase() ? timeZone : text;
  } catch {
    return undefined;
  }
}

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
