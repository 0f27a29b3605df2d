import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";

export interface KeySet {
  /** The key a token names; for `jwtVerify`. Throws what `fetch` threw if there never was a set. */
  find: JWTVerifyGetKey;
  /** Makes sure that a set is there. */
  prime(): Promise<void>;
}

export interface KeySetOptions {
  fetch: () => Promise<JSONWebKeySet>;
  now: () => Date;
  /** Told when a set could not be had. The last good one stays in use. */
  onFailure: (error: unknown) => void;
}

const maxAgeMs = 600_000;
/** Between two tries: with a set at hand, and while there is none. */
const cooldownMs = 30_000;
const firstSetCooldownMs = 1000;
const maxKeys = 64;

/**
 * The identity provider's public keys: kept for ten minutes, asked for again early when a token names an unknown key,
 * but at most every 30 seconds, however many such tokens come.
 */
export function createKeySet({ fetch, now, onFailure }: KeySetOptions): KeySet {
  let current: { find: JWTVerifyGetKey; at: number } | undefined;
  let loading: Promise<void> | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let lastFailure: unknown;

  const mayTry = () => now().getTime() - triedAt >= (current ? cooldownMs : firstSetCooldownMs);
  const load = (): Promise<void> => {
    if (loading || !mayTry()) return loading ?? Promise.resolve();
    triedAt = now().getTime();
    loading = fetch()
      .then(({ keys }) => {
        current = { find: createLocalJWKSet({ keys: keys.slice(0, maxKeys) }), at: now().getTime() };
      })
      .catch((error: unknown) => {
        lastFailure = error;
        onFailure(error);
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };
  const fresh = async (): Promise<JWTVerifyGetKey> => {
    if (!current || now().getTime() - current.at >= maxAgeMs) await load();
    if (!current) throw lastFailure;
    return current.find;
  };

  return {
    async find(header, token) {
      const find = await fresh();
      try {
        return await find(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        await load();
        return (await fresh())(header, token);
      }
    },
    async prime() {
      await fresh();
    },
  };
}
