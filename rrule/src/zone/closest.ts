/** How many letters a misspelt name may have wrong. */
const mostWrong = 2;

/** The name of a zone that a text is nearly, or the place of which it names; `undefined`: there is none. */
export function closestZone(text: string): string | undefined {
  const asked = text.toLowerCase().replaceAll(" ", "_");
  const names = Intl.supportedValuesOf("timeZone");
  const place = names.find((name) => name.toLowerCase().endsWith(`/${asked}`));
  if (place !== undefined) return place;
  let best: { name: string; wrong: number } | undefined;
  for (const name of names) {
    if (Math.abs(name.length - asked.length) > mostWrong) continue;
    const wrong = distance(asked, name.toLowerCase());
    if (wrong <= mostWrong && wrong < (best?.wrong ?? Number.POSITIVE_INFINITY)) best = { name, wrong };
  }
  return best?.name;
}

/** How many letters have to be put, left out or changed to make one text the other (Levenshtein). */
function distance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const changed = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      line.push(Math.min(changed, (above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1));
    }
    above = line;
  }
  return above[to.length] ?? 0;
}
