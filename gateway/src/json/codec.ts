import type { DescMessage } from "@bufbuild/protobuf";
import { domainError, ErrorReason, toConnectError } from "@todo/kit/errors";
import { type Problem, problemsError } from "#src/json/problem.ts";
import { readMessage } from "#src/json/read.ts";
import { JsonSyntaxError, type JsonValue, parseJson } from "#src/json/text.ts";
import { decodeUtf8 } from "#src/json/utf8.ts";

/**
 * A decoder that lets nothing through but requests that mean what they say.
 *
 * The RPC framework reads JSON in every protocol through a decoder of text that it can be given, and passes on an error of
 * its own kind as it is. It is the one place between the bytes and its reader.
 */
export function strictJson(input: DescMessage): { decode(bytes: Uint8Array): string } {
  return {
    decode(bytes) {
      const problems: Problem[] = [];
      const request = readMessage(input, parsed(decodeUtf8(bytes)), problems);
      if (problems.length > 0) throw toConnectError(problemsError(problems));
      return JSON.stringify(request);
    },
  };
}

function parsed(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const empty = text.trim() === "";
    const message = empty
      ? "the request is empty: write {} at least"
      : `the request is no JSON: ${error.message}`;
    throw toConnectError(domainError(ErrorReason.REQUEST_UNREADABLE, message));
  }
}
