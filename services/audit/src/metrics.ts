import { meter } from "@todo/kit/metrics";

/** Alert on a rise of `todo.audit.v1.AccessRefused` and `todo.audit.v1.SignInFailed` (R160). */
export const entriesRecorded = meter.createCounter("audit_entries", {
  description: "Entries added to the log, by the type of their event",
});
