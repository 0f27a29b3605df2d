import { createContextKey } from "@connectrpc/connect";
import type { DomainError } from "@todo/kit/errors";
import type { Room } from "#src/rate/bucket.ts";
import { createSlot, type Slot } from "#src/slot.ts";

/** Who calls from the outside, as a verified token says. */
export interface Caller {
  userId: string;
  actor: "person" | "agent";
  scopes: readonly string[];
  /** The session that the credentials belong to. Not set: none. */
  sessionId?: string;
  /** IANA name of the time zone. */
  zone: string;
  /** BCP 47 tag of the language. */
  locale: string;
  /** Whether a program calls in the user's name: an agent, or who shows a personal access token. */
  program: boolean;
}

/** What the gateway knows about one request from its first byte to its last. */
export interface Call {
  readonly requestId: string;
  /** Where it comes from. */
  readonly clientAddress: string;
  /** The place that it holds now. */
  readonly slot: Slot;
  /** Sets a header of the answer, in whatever protocol that will be. */
  setHeader(name: string, value: string): void;
  /** What the caller has left of the quotas that count. */
  rooms: readonly Room[];
  /** Why it was refused before it was looked at: too many, too many at once, or not ours. */
  refusal?: DomainError;
  /** What it is for, in few words: the name of a method or the pattern of a path. */
  route: string;
  /** Set by the gate. Undefined for what asks for no credentials. */
  caller?: Caller;
  /** The name of the ErrorReason it ended with. */
  reason?: string;
}

export const callKey = createContextKey<Call>(
  {
    requestId: "",
    clientAddress: "",
    slot: createSlot(),
    setHeader: () => undefined,
    rooms: [],
    route: "",
  },
  { description: "call" },
);
