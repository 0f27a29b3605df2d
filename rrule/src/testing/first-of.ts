/** The first ones of what may go on for ever. */
export function firstOf<T>(count: number, values: Iterable<T>): T[] {
  const found: T[] = [];
  if (count < 1) return found;
  for (const value of values) {
    found.push(value);
    if (found.length === count) break;
  }
  return found;
}
