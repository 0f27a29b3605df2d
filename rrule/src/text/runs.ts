/** Ascending numbers, those of three and more in a row as the ends of a range: `9 to 16`. */
export function runs(values: readonly number[], to: string): string[] {
  const found: string[] = [];
  for (let first = 0; first < values.length; ) {
    let last = first;
    while (values[last + 1] === (values[last] ?? 0) + 1) last += 1;
    const size = last - first + 1;
    if (size > 2) found.push(`${values[first]} ${to} ${values[last]}`);
    else found.push(...values.slice(first, last + 1).map(String));
    first = last + 1;
  }
  return found;
}
