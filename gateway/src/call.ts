import { createContextKey } from "@connectrpc/connect";

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
}

/** What the gateway knows about one request from its first byte to its last. */
export interface Call {
  readonly requestId: string;
  /** The address of the peer, as its socket says. */
  readonly clientAddress: string;
  /** Whether there was room for it among the calls at work. */
  admitted: boolean;
  /** What it is for, in few words: the name of a method or the pattern of a path. */
  route: string;
  /** Set by the gate. Undefined for what asks for no credentials. */
  caller?: Caller;
  /** The name of the ErrorReason it ended with. */
  reason?: string;
}

export const callKey = createContextKey<Call>(
  { requestId: "", clientAddress: "", admitted: false, route: "" },
  { description: "call" },
);
