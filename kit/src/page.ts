import { createHash } from "node:crypto";
import { domainError, ErrorReason } from "./errors.ts";

/** Where a page begins: the sort key of the last row of the page before. */
export type PagePosition = (string | number | boolean | null)[];

const digestBytes = 9;

/**
 * An opaque keyset token. `bind` is everything that made the page: user, method, filter, order. Reading the token with
 * anything else fails. The token is checked against change but not secret: it holds no more than the caller saw.
 */
export function pageToken(bind: readonly string[], position: Readonly<PagePosition>): string {
  const json = Buffer.from(JSON.stringify(position));
  return Buffer.concat([digest(bind, json), json]).toString("base64url");
}

/** The position of a token. Throws PAGE_TOKEN_INVALID for a token of another request and for one that was changed. */
export function readPageToken(token: string, bind: readonly string[]): PagePosition {
  const bytes = Buffer.from(token, "base64url");
  const json = bytes.subarray(digestBytes);
  const genuine =
    bytes.length > digestBytes &&
    bytes.toString("base64url") === token &&
    digest(bind, json).equals(bytes.subarray(0, digestBytes));
  const position = genuine ? parse(json.toString()) : undefined;
  if (!Array.isArray(position))
    throw domainError(ErrorReason.PAGE_TOKEN_INVALID, "page_token does not belong to this request");
  return position as PagePosition;
}

/** The digest has no key: whoever knows how may make one for anything. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function digest(bind: readonly string[], json: Buffer): Buffer {
  // The length in front of each part keeps ["a", "b"] apart from ["ab"].
  const hash = createHash("sha256");
  for (const part of bind) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.update("|").update(json).digest().subarray(0, digestBytes);
}
