import { base64Decode } from "@bufbuild/protobuf/wire";
import { closest } from "@todo/kit/closest";
import { type DomainError, domainError, ErrorReason } from "@todo/kit/errors";
import { shown } from "#src/json/names.ts";

/** What the query of a Connect GET consists of (Connect protocol, Unary-Get-Request). */
const parameters = ["connect", "encoding", "message", "base64", "compression"];

/** Throws for a query that says what nobody would hear: an unknown parameter, one twice, or any with a request body. */
export function checkQuery({ requestMethod, url }: { requestMethod: string; url: string }): void {
  const mark = url.indexOf("?");
  if (mark === -1) return;
  const pairs = url
    .slice(mark + 1)
    .split("&")
    .filter((pair) => pair !== "");
  if (pairs.length === 0) return;
  if (requestMethod !== "GET") throw invalid("the query must be empty: the request stands in the body");
  checkPairs(pairs);
}

function checkPairs(pairs: readonly string[]): void {
  const query = new Map<string, string>();
  for (const pair of pairs) {
    const [name = "", ...value] = pair.split("=").map(decoded);
    if (!parameters.includes(name)) throw unknown(name);
    if (query.has(name)) throw invalid(`${name} is given twice in the query`);
    query.set(name, value.join("="));
  }
  if (query.has("connect") && query.get("connect") !== "v1") throw invalid("connect must be v1");
  if (query.has("base64") && query.get("base64") !== "1") throw invalid("base64 must be 1, or left out");
  if (query.get("base64") === "1") checkBase64(query.get("message") ?? "");
}

function unknown(name: string): DomainError {
  const meant = closest(name, parameters);
  return invalid(
    `${shown(name)} is no parameter of a GET${meant === undefined ? "" : `: did you mean ${meant}?`}`,
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll("+", " "));
  } catch (cause) {
    throw unreadable("the query is no UTF-8 in percent-encoding", cause);
  }
}

/** The framework reports a message in the query that is not base64 as an error of its own. */
function checkBase64(message: string): void {
  try {
    base64Decode(message);
  } catch (cause) {
    throw unreadable("request cannot be decoded: no base64", cause);
  }
}

function invalid(text: string): DomainError {
  return domainError(ErrorReason.REQUEST_INVALID, text);
}

function unreadable(text: string, cause: unknown): DomainError {
  return domainError(ErrorReason.REQUEST_UNREADABLE, text, { cause });
}
