import { domainError, ErrorReason } from "@todo/kit/errors";
import type { FairAdmission } from "#src/admission.ts";

/** What a request holds of what is bounded: one place at a time, and none after its end. */
export interface Slot {
  /** Gives up the place that is held, and takes another one. Throws RATE_LIMITED if there is none. */
  move(admission: FairAdmission, key: string): void;
  /** Gives up the place that is held. */
  release(): void;
  /** The same, and from now on takes none: the request is over. */
  close(): void;
}

export function createSlot(): Slot {
  let leave: (() => void) | undefined;
  let closed = false;
  const release = () => {
    leave?.();
    leave = undefined;
  };
  return {
    move(admission, key) {
      release();
      if (closed) return;
      const entered = admission.enter(key);
      if (typeof entered === "string") throw domainError(ErrorReason.RATE_LIMITED, entered);
      leave = entered;
    },
    release,
    close() {
      release();
      closed = true;
    },
  };
}
