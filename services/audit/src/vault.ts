import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Encrypts the values of one user's entries. */
export interface DataKey {
  /** `place` says where the sealed value belongs; it opens nowhere else. */
  seal(plain: Uint8Array, place: string): Uint8Array;
  /** Throws if the value was changed, moved, or sealed under another key. */
  open(sealed: Uint8Array, place: string): Uint8Array;
}

/** Makes the keys of users and opens them with the master key. */
export interface Vault {
  /** A new random key of the user, wrapped under the master key. */
  create(userId: string): Uint8Array;
  /** Throws if the wrapped key was changed, is another user's, or was wrapped under another master key. */
  unwrap(wrapped: Uint8Array, userId: string): DataKey;
}

/** A vault on a master key of 32 bytes. */
export function createVault(masterKey: Uint8Array): Vault {
  const master = dataKey(masterKey);
  return {
    create: (userId) => master.seal(randomBytes(32), userId),
    unwrap: (wrapped, userId) => dataKey(master.open(wrapped, userId)),
  };
}

const version = 1;
const nonceLength = 12;
const tagLength = 16;
const headLength = 1 + nonceLength;

/** AES-256-GCM (NIST SP 800-38D). A sealed value is: version (1 byte), nonce (12), ciphertext, tag (16). */
function dataKey(key: Uint8Array): DataKey {
  return {
    seal(plain, place) {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(place));
      return Buffer.concat([
        Buffer.of(version),
        nonce,
        cipher.update(plain),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
    },
    open(sealed, place) {
      if (sealed[0] !== version || sealed.length < headLength + tagLength) {
        throw new Error("a sealed value has an unknown form");
      }
      const nonce = sealed.subarray(1, headLength);
      const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength })
        .setAAD(Buffer.from(place))
        .setAuthTag(sealed.subarray(-tagLength));
      return Buffer.concat([decipher.update(sealed.subarray(headLength, -tagLength)), decipher.final()]);
    },
  };
}
