import { type DomainError, domainError, ErrorReason } from "@todo/kit/errors";
import { type FaultKind, RuleFault } from "@todo/rrule/fault";

const reasons: Readonly<Record<FaultKind, ErrorReason>> = {
  malformed: ErrorReason.RULE_MALFORMED,
  part_unknown: ErrorReason.RULE_PART_UNKNOWN,
  part_repeated: ErrorReason.RULE_PART_REPEATED,
  part_missing: ErrorReason.RULE_PART_MISSING,
  value_invalid: ErrorReason.RULE_VALUE_INVALID,
  parts_conflict: ErrorReason.RULE_PARTS_CONFLICT,
  frequency_unsupported: ErrorReason.RULE_FREQUENCY_UNSUPPORTED,
  limit_exceeded: ErrorReason.RULE_LIMIT_EXCEEDED,
  never_occurs: ErrorReason.RULE_NEVER_OCCURS,
  zone_unknown: ErrorReason.ZONE_UNKNOWN,
  local_time_invalid: ErrorReason.LOCAL_TIME_INVALID,
  text_unclear: ErrorReason.RULE_TEXT_UNCLEAR,
};

/** Runs what may find a fault in the caller's rule, and answers with the reason and the place of the fault. */
export function faultsTold<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof RuleFault ? ruleInvalid(error) : error;
  }
}

function ruleInvalid({ kind, message, place, proposal }: RuleFault): DomainError {
  const metadata = { part: place.part, start: `${place.start}`, end: `${place.end}` };
  return domainError(reasons[kind], message, {
    metadata: { ...metadata, ...(proposal !== undefined && { proposal }) },
  });
}
