/** What the patterns of the contracts ask for, in words. */
export const patterns: Readonly<Record<string, string>> = {
  "^[^\\x00-\\x1F\\x7F]*$": "must have no control characters and no line breaks",
  "^[^\\x00-\\x1F\\x7F,]+$": "must have no commas, control characters or line breaks",
  "^[^\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F]*$": "must have no control characters but line breaks and tabs",
  "^[A-Za-z0-9_-]{8,64}$": "must have 8 to 64 letters, digits, hyphens or underscores",
  "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$": "must be a date such as 2026-03-29",
  "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$":
    "must be a local date and time such as 2026-03-29T09:00:00",
  "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$":
    "must be a local date and time such as 2026-03-29T09:00:00",
  "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z?$":
    "must be a date and time such as 2026-03-29T09:00:00, or with a Z where it is UTC",
  "^[A-Za-z0-9_+/-]+$": "must be the name of an IANA time zone such as Europe/Berlin",
  "^[A-Za-z0-9_+/-]*$": "must be the name of an IANA time zone such as Europe/Berlin",
  "^[a-z]+:[a-z]+$": "must be a scope such as tasks:read",
  "^[A-Za-z0-9-]*$": "must be a language tag such as de-CH",
  "^[A-Za-z0-9_.]*$": "must be the full name of an event such as todo.task.v1.TaskCompleted",
};
