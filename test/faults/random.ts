/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
}

/** Marsaglia's xorshift with 32 bits: short, and good enough to choose operations. */
export function seededRandom(seed: number): Random {
  let state = seed | 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const below = (limit: number) => next() % limit;
  return { below, pick: (choices) => choices[below(choices.length)] ?? choices[0] };
}
