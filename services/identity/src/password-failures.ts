import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { AnyKysely } from "@todo/kit/database";
import { ErrorReason, reasonName } from "@todo/kit/errors";
import { record } from "@todo/kit/outbox";
import {
  AccessRefusedSchema,
  SignInFailedSchema,
  SignUpIgnoredSchema,
} from "@todo/proto/todo/audit/v1/access_event";

/** A sign-in that was refused for its address or its password. */
export interface RefusedSignIn {
  email: string;
  /** Undefined: no account has the address. */
  userId: string | undefined;
  /** Empty: unknown. */
  clientAddress: string;
}

/** Somebody with a session said a wrong password. */
export interface RefusedConfirmation {
  userId: string;
  /** The full name of the method, or the path. */
  method: string;
  requestId: string;
}

/** Facts for the audit log about passwords that were wrong (R160). */
export interface PasswordFailures {
  signIn(refused: RefusedSignIn): Promise<void>;
  confirmation(refused: RefusedConfirmation): Promise<void>;
  /** Somebody wanted to make an account with an address that has one. */
  signUp(ignored: { userId: string; clientAddress: string }): Promise<void>;
}

export interface PasswordFailureDeps {
  database: AnyKysely;
  now: () => Date;
  /** Whether too many events wait for the broker already. */
  outboxFull: () => boolean;
  /** Called for every wrong password. */
  counted: () => void;
  /** Called for a fact that is left out because of that. */
  leftOut: () => void;
}

/**
 * One fact for each password that was looked at. The guard bounds these, for an account and for an address; the audit log
 * bounds the entries.
 */
export function createPasswordFailures(deps: PasswordFailureDeps): PasswordFailures {
  const note = async (
    message: Parameters<typeof record>[2][number]["message"],
    { userId, subject, stream }: { userId: string; subject: string; stream: string },
  ) => {
    const time = deps.now();
    const position = BigInt(time.getTime());
    const about = { subject, key: subject, streamId: `${stream} ${subject}`, position, userId, time };
    await record(deps.database, "identity", [{ topic: "task.audit", message, ...about }]);
  };
  const now = () => timestampFromDate(deps.now());
  return {
    async signIn({ email, userId = "", clientAddress }) {
      deps.counted();
      if (deps.outboxFull()) return deps.leftOut();
      const emailHash = createHash("sha256").update(email.toLowerCase()).digest("hex");
      const message = create(SignInFailedSchema, { userId, emailHash, clientAddress, time: now() });
      await note(message, { userId, subject: userId || emailHash, stream: "sign-in" });
    },
    async confirmation({ userId, method, requestId }) {
      deps.counted();
      if (deps.outboxFull()) return deps.leftOut();
      const reason = reasonName(ErrorReason.PASSWORD_WRONG);
      const refused = { userId, method, reason, time: now(), requestId: requestId.slice(0, 64) };
      await note(create(AccessRefusedSchema, refused), { userId, subject: userId, stream: "password" });
    },
    async signUp({ userId, clientAddress }) {
      if (deps.outboxFull()) return deps.leftOut();
      const message = create(SignUpIgnoredSchema, { userId, clientAddress, time: now() });
      await note(message, { userId, subject: userId, stream: "sign-up" });
    },
  };
}
