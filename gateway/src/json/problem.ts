import { type DomainError, detail, domainError, ErrorReason } from "@todo/kit/errors";
import { BadRequestSchema } from "@todo/proto/google/rpc/error_details";

/** What is wrong at one place of a request. Neither part ever holds what was sent there. */
export interface Problem {
  /** The way to the field in the names of JSON, such as `tags[1]`. Empty: the request itself. */
  field: string;
  /** What the sentence says after the field, such as `must be a string`. */
  text: string;
  /** The kind of problem for programs. */
  kind: keyof typeof reasons;
}

/** The kinds. A value of another type cannot be read at all; the others break the contract. */
const reasons = {
  TYPE_WRONG: ErrorReason.REQUEST_UNREADABLE,
  TEXT_BROKEN: ErrorReason.REQUEST_UNREADABLE,
  FIELD_UNKNOWN: ErrorReason.REQUEST_INVALID,
  FIELD_REPEATED: ErrorReason.REQUEST_INVALID,
  ENUM_UNKNOWN: ErrorReason.REQUEST_INVALID,
  NUMBER_OUT_OF_RANGE: ErrorReason.REQUEST_INVALID,
  TIME_INVALID: ErrorReason.REQUEST_INVALID,
  MASK_INVALID: ErrorReason.REQUEST_INVALID,
} as const;

/** As many as an error tells of. */
export const maxProblems = 20;

/** The error that tells of all problems. */
export function problemsError(problems: readonly Problem[]): DomainError {
  const told = problems.slice(0, maxProblems);
  const unreadable = told.some(({ kind }) => reasons[kind] === ErrorReason.REQUEST_UNREADABLE);
  const reason = unreadable ? ErrorReason.REQUEST_UNREADABLE : ErrorReason.REQUEST_INVALID;
  const fieldViolations = told.map(({ field, text, kind }) => ({
    field,
    description: sentence(field, text),
    reason: kind,
  }));
  const message = fieldViolations.map(({ description }) => description).join("; ");
  return domainError(reason, message, { details: [detail(BadRequestSchema, { fieldViolations })] });
}

function sentence(field: string, text: string): string {
  return `${field === "" ? "the request" : field} ${text}`;
}
