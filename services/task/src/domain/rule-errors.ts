/** A field that breaks a rule of the domain, by its path in the contract. */
export interface FieldViolation {
  field: string;
  description: string;
  /** A zone that there is not, and which one may be meant. */
  zone?: { tzid: string; message: string; proposal: string | undefined };
}

/** Values that no task may have, all of them at once. */
export class FieldsInvalidError extends Error {
  override readonly name = "FieldsInvalidError";
  readonly violations: readonly FieldViolation[];

  constructor(violations: readonly FieldViolation[]) {
    super(violations.map(({ field, description }) => `${field} ${description}`).join("; "));
    this.violations = violations;
  }
}

/** A task in the trash does not change. */
export class TaskInTrashError extends Error {
  override readonly name = "TaskInTrashError";
}

/** Fields changed since the version that the caller knows. */
export class VersionStaleError extends Error {
  override readonly name = "VersionStaleError";
  readonly fields: readonly string[];

  constructor(fields: readonly string[]) {
    super(`changed since: ${fields.join(", ")}`);
    this.fields = fields;
  }
}

/** The task never had the version that the caller speaks of. */
export class VersionUnknownError extends Error {
  override readonly name = "VersionUnknownError";
}
