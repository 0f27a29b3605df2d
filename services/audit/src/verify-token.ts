import { pageToken, readPageToken } from "@todo/kit/page";
import { pageTokenInvalid } from "#src/errors.ts";
import type { Walk } from "#src/verify.ts";

/** A walk as a page token: where it stands and by which hash, what it found, and where it ends and by which hash. */
export function tokenOfWalk({ tip, state }: Walk, userId: string): string {
  const { last, count, firstBroken } = state;
  const numbers = [last.number, count, firstBroken, tip.newest, tip.head.number].map(String);
  return pageToken(boundTo(userId), [...numbers, base64(last.hash), base64(tip.head.hash)]);
}

/** Undefined: the first page. @throws DomainError PAGE_TOKEN_INVALID */
export function walkOfToken(token: string, userId: string): Walk | undefined {
  if (token === "") return undefined;
  const parts = readPageToken(token, boundTo(userId)).map(String);
  const [number = "", count = "", firstBroken = "", newest = "", head = "", hash = "", headHash = ""] = parts;
  if (![number, count, firstBroken, newest, head].every((part) => /^[0-9]{1,18}$/.test(part)))
    throw pageTokenInvalid();
  return {
    tip: { newest: BigInt(newest), head: { number: BigInt(head), hash: bytesOf(headHash) } },
    state: {
      last: { number: BigInt(number), hash: bytesOf(hash) },
      count: BigInt(count),
      firstBroken: BigInt(firstBroken),
    },
  };
}

function boundTo(userId: string): string[] {
  return ["VerifyChain", userId];
}

function base64(hash: Uint8Array): string {
  return Buffer.from(hash).toString("base64");
}

function bytesOf(text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== 32) throw pageTokenInvalid();
  return bytes;
}
