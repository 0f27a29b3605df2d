import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** By what a personal access token is known among other credentials, also to those who scan files for leaked ones. */
export const personalTokenPrefix = "todo_pat_";

const randomLength = 32;
const digits = /^[A-Za-z0-9_-]{49}$/;

/** A secret of 32 random bytes, with a check sum at its end by which a mistyped one is told without asking anybody. */
export function personalToken(random: Uint8Array): string {
  if (random.length !== randomLength) throw new RangeError(`a token has ${randomLength} random bytes`);
  const text = Buffer.from(random).toString("base64url");
  return `${personalTokenPrefix}${text}${checkSum(text)}`;
}

/** Whether a text has the form of a personal access token. Whether there is such a token only identity knows. */
export function isPersonalToken(text: string): boolean {
  const rest = text.slice(personalTokenPrefix.length);
  return (
    text.startsWith(personalTokenPrefix) &&
    digits.test(rest) &&
    checkSum(rest.slice(0, 43)) === rest.slice(43)
  );
}

/**
 * What is kept in place of the secret. A plain hash is enough, since nobody guesses 256 random bits; and whoever measures
 * the search for a hash learns nothing of the secret.
 */
export function personalTokenHash(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

function checkSum(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString("base64url");
}
