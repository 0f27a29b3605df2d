import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type CallOptions, ConnectError, createClient } from "@connectrpc/connect";
import { type AssertionIssuer, assertionHeader, requestIdHeader } from "@todo/kit/assertion";
import { domainError, ErrorReason, errorDomain } from "@todo/kit/errors";
import type { Mesh } from "@todo/kit/mesh";
import type { Principal } from "@todo/kit/principal";
import { ErrorInfoSchema } from "@todo/proto/google/rpc/error_details";
import { RecurrenceService } from "@todo/proto/todo/recurrence/v1/recurrence_service";

/** A rule from a start on. */
export interface RuleAsked {
  rrule: string;
  dtstart: string;
  tzid: string;
}

/** What is known of a rule that is right. */
export interface RuleKnown {
  /** In its normal form. */
  rrule: string;
  /** Its first two occurrences, or the only one; the first two behind an instant if one was given, or fewer. */
  times: readonly Date[];
  /** The version of the time zones by which these were computed. Empty: nobody knows. */
  tzdata: string;
}

/** On whose behalf a rule is checked. */
interface Asking {
  principal: Principal;
  signal: AbortSignal;
  /** Only what the rule has behind it is asked for. */
  behind: Date | undefined;
}

/** Knows recurrence rules: it asks the recurrence service. */
export interface Rules {
  /** Throws what that service says of a wrong rule, and DEPENDENCY_UNAVAILABLE. */
  check(rule: RuleAsked, o: Asking): Promise<RuleKnown>;
}

export function createRules({ mesh, issuer }: { mesh: Mesh; issuer: AssertionIssuer }): Rules {
  const client = createClient(RecurrenceService, mesh.transport("recurrence"));
  return {
    async check(rule, { principal, signal, behind }) {
      const headers = {
        [assertionHeader]: await issuer.assert("recurrence", principal),
        [requestIdHeader]: principal.requestId,
      };
      const options: CallOptions = { headers, signal };
      const after = behind && { after: timestampFromDate(behind) };
      try {
        const [{ rrule }, { occurrences, tzdata }] = await Promise.all([
          client.validateRule(rule, options),
          client.previewOccurrences({ ...rule, ...after, limit: 2 }, options),
        ]);
        const times = occurrences.flatMap(({ time }) => (time ? [timestampDate(time)] : []));
        return { rrule, times, tzdata };
      } catch (error) {
        throw ownError(error);
      }
    },
  };
}

/** An error of the other service as one of this one, with the part of the rule and its place. */
function ownError(error: unknown): unknown {
  const failure = ConnectError.from(error);
  const info = failure.findDetails(ErrorInfoSchema).find(({ domain }) => domain === errorDomain);
  const reason = info && ErrorReason[info.reason as keyof typeof ErrorReason];
  if (reason === undefined) return error;
  return domainError(reason, failure.rawMessage, { metadata: info?.metadata ?? {}, cause: error });
}
