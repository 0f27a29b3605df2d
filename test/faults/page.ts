/**
 * Puts a section in the place of the one with the same heading, or at the end if there is none.
 * @param section begins with its heading, `## ...`, and ends with a line
 */
export function withSection(page: string, section: string): string {
  const [heading = ""] = section.split("\n");
  const parts = partsOf(page);
  const at = parts.findIndex((part) => headingOf(part) === heading);
  const own = at < 0 ? [...parts, section] : parts.toSpliced(at, 1, section);
  return `${own.map((part) => part.trimEnd()).join("\n\n")}\n`;
}

/** A page written anew, with the sections of the one before that it does not have itself. */
export function keepingSections(page: string, before: string): string {
  const own = new Set(partsOf(page).map(headingOf));
  const others = partsOf(before).filter((part) => part.startsWith("## ") && !own.has(headingOf(part)));
  return others.reduce(withSection, page);
}

const partsOf = (page: string): string[] => page.split(/^(?=## )/m);
const headingOf = (part: string): string => part.split("\n")[0] ?? "";
