import { hash } from "node:crypto";
import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { requestIdReused } from "./errors.ts";

/** How long an answer can be had again. */
export const answerHours = 24;

/** Which call an answer belongs to. Its `request_id` is good for one call of the user, whatever the method. */
export interface AnswerKey {
  method: string;
  requestId: string;
  /** Of the request without its `request_id`: tells whether it is the same call. */
  requestHash: Buffer;
}

/** An answer as it is stored, in the transaction of its effect. */
export interface StoredAnswer {
  method: string;
  requestHash: Buffer;
  response: Uint8Array;
}

/** The key of a call; `undefined` for one that cannot be repeated, since it has no `request_id`. */
export function answerKey<I extends DescMessage>(
  method: { name: string; input: I },
  request: MessageShape<I> & { requestId: string },
): AnswerKey | undefined {
  const { requestId } = request;
  if (requestId === "") return undefined;
  const bytes = toBinary<DescMessage>(method.input, Object.assign({}, request, { requestId: "" }));
  return { method: method.name, requestId, requestHash: hash("sha256", bytes, "buffer") };
}

/** The first answer again. Throws REQUEST_ID_REUSED if it answered something else. */
export function replay<O extends DescMessage>(
  output: O,
  key: AnswerKey,
  stored: StoredAnswer,
): MessageShape<O> {
  const same = stored.method === key.method && key.requestHash.equals(stored.requestHash);
  if (!same) throw requestIdReused(key.requestId);
  return fromBinary(output, stored.response);
}
