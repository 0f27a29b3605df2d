/** Draws that are the same in every run: a small generator with a seed. */
export interface Draw {
  /** A whole number from `least` to `most`. */
  number(least: number, most: number): number;
  chance(probability: number): boolean;
  one<T>(from: readonly T[]): T;
  /** Some of them, at least one, in their order. */
  some<T>(from: readonly T[], most: number): T[];
}

export function drawOf(seed: number): Draw {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const number = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  const one = <T>(from: readonly T[]): T => {
    const found = from[number(0, from.length - 1)];
    if (found === undefined) throw new RangeError("nothing to draw from");
    return found;
  };
  const some = <T>(from: readonly T[], most: number): T[] => {
    const chosen = new Set(Array.from({ length: number(1, most) }, () => one(from)));
    return from.filter((value) => chosen.has(value));
  };
  return { number, chance: (probability) => next() < probability, one, some };
}
