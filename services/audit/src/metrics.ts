import { counter } from "@todo/kit/metrics";

/** Alert on a rise of `todo.audit.v1.AccessRefused` and `todo.audit.v1.SignInFailed` (R160). */
export const entriesRecorded = counter("audit_entries");
