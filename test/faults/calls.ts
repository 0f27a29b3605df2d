import { Code, ConnectError } from "@connectrpc/connect";
import { codeName, reasonOf } from "@todo/kit/errors";
import { RetryInfoSchema } from "@todo/proto/google/rpc/error_details";

/** Each kind of call goes another way through the mesh. */
export const callKinds = ["write", "list", "audit", "profile"] as const;
export type CallKind = (typeof callKinds)[number];

/** Further kinds, of which not every workload has some. */
export type OtherCallKind = "sign-in" | "sign-out" | "token";

/** One call as its caller saw it. Times as of `performance.now()`. */
export interface Call {
  readonly kind: CallKind | OtherCallKind;
  readonly begun: number;
  readonly ended: number;
  /** `OK`, a status, or in words what was wrong with the answer. */
  readonly outcome: string;
}

/** The connection to the gateway broke or could not be made: nobody answered. */
export const noConnection = "no connection";

/**
 * What callers may be answered while something is broken. Who gave a call up and repeats it with its `request_id` is told
 * if the first one is still at work, as on a connection that says nothing any more.
 */
const fair = new Set(["OK", "UNAVAILABLE", "DEADLINE_EXCEEDED", "ABORTED (REQUEST_IN_FLIGHT)"]);

/** Calls that are noted as they end. */
export class CallLog {
  readonly calls: Call[] = [];

  /** Makes a call and notes how it went. `undefined`: it failed. */
  async make<T>(kind: Call["kind"], call: () => Promise<T>): Promise<T | undefined> {
    const begun = performance.now();
    const note = (outcome: string) => this.calls.push({ kind, begun, ended: performance.now(), outcome });
    try {
      const answer = await call();
      note("OK");
      return answer;
    } catch (error) {
      note(outcomeOf(error));
      return undefined;
    }
  }

  /** The first success of a kind among the calls that began after a time. */
  firstSuccess(kind: CallKind, after: number): Call | undefined {
    return this.calls.find((call) => call.kind === kind && call.outcome === "OK" && call.begun >= after);
  }

  /** How often each failure was seen. */
  failures(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { outcome } of this.calls)
      if (outcome !== "OK") counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    return counts;
  }

  /** The outcomes that no fault excuses. A broken connection is excused where the gateway itself was the victim. */
  unfair(o: { gatewayDied: boolean }): string[] {
    const seen = [...this.failures().keys()];
    return seen.filter((outcome) => !fair.has(outcome) && !(o.gatewayDied && outcome === noConnection));
  }
}

/** Names what a caller got. Whatever the gateway answers has a reason, and UNAVAILABLE says when to come back. */
export function outcomeOf(error: unknown): string {
  const failure = ConnectError.from(error);
  const reason = reasonOf(failure);
  if (reason === undefined) {
    if (failure.code === Code.DeadlineExceeded) return "DEADLINE_EXCEEDED";
    return isConnectionError(failure.cause) ? noConnection : `${codeName(failure.code)} without a reason`;
  }
  if (failure.code === Code.DeadlineExceeded) return "DEADLINE_EXCEEDED";
  if (failure.code !== Code.Unavailable) return `${codeName(failure.code)} (${reason})`;
  const [retry] = failure.findDetails(RetryInfoSchema);
  return retry?.retryDelay === undefined ? `UNAVAILABLE without RetryInfo (${reason})` : "UNAVAILABLE";
}

/** Node says of what happened to a socket under which code. */
function isConnectionError(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string";
}
