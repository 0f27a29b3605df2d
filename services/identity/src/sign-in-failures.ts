import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { AnyKysely } from "@todo/kit/database";
import { record } from "@todo/kit/outbox";
import { SignInFailedSchema } from "@todo/proto/todo/audit/v1/access_event";
import type { RateLimiter } from "./rate-limit.ts";

/** A sign-in that was refused for its address or its password. */
export interface RefusedSignIn {
  email: string;
  /** Undefined: no account has the address. */
  userId: string | undefined;
  /** Empty: unknown. */
  clientAddress: string;
}

export interface SignInFailuresDeps {
  database: AnyKysely;
  limiter: RateLimiter;
  now: () => Date;
  /** Whether too many events wait for the broker already. */
  outboxFull: () => boolean;
  /** Called for every refused sign-in. */
  counted: () => void;
  /** Called for a fact that is left out because there were too many. */
  leftOut: () => void;
}

/** What guessing may leave in the audit log: enough to see it, too little to flood the log. */
const perAccount = { max: 10, window: 60 };
const perAddress = { max: 100, window: 60 };

/** Returns a function that records a refused sign-in as a fact for the audit log (R160). */
export function createSignInFailures(deps: SignInFailuresDeps): (refused: RefusedSignIn) => Promise<void> {
  return async ({ email, userId, clientAddress }) => {
    deps.counted();
    const emailHash = createHash("sha256").update(email.toLowerCase()).digest("hex");
    const bounded =
      !deps.outboxFull() &&
      deps.limiter.take(`sign-in-failed account ${emailHash}`, perAccount).allowed &&
      deps.limiter.take(`sign-in-failed address ${clientAddress}`, perAddress).allowed;
    if (!bounded) return deps.leftOut();
    const time = deps.now();
    const subject = userId ?? emailHash;
    await record(deps.database, "identity", [
      {
        topic: "task.audit",
        message: create(SignInFailedSchema, {
          userId: userId ?? "",
          emailHash,
          clientAddress,
          time: timestampFromDate(time),
        }),
        subject,
        key: subject,
        streamId: `sign-in ${subject}`,
        position: BigInt(time.getTime()),
        userId: userId ?? "",
        time,
      },
    ]);
  };
}
