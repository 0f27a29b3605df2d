/** What a resource is made of. */
export type Yaml = string | number | boolean | readonly Yaml[] | { readonly [key: string]: Yaml };

/** A value that is filled in by who deploys: `${NAME}`. */
export const placeholder = (name: string): string => `\${${name}}`;

/** Prints YAML documents in block style, with a headline as comment. Lists of plain values stay on one line. */
export function printYaml(headline: string, documents: readonly Yaml[]): string {
  const comment = headline
    .split("\n")
    .map((line) => `# ${line}\n`)
    .join("");
  return comment + documents.map((document) => `${block(document, "").replace(/^\n/, "")}\n`).join("---\n");
}

function block(value: Yaml, indent: string): string {
  if (isList(value)) return value.every(isPlain) ? ` [${value.map(plain).join(", ")}]` : items(value, indent);
  if (typeof value === "object") return entries(value, indent);
  return ` ${plain(value)}`;
}

function items(list: readonly Yaml[], indent: string): string {
  return list.map((item) => `\n${indent}-${block(item, `${indent}  `).replace(/^\n\s*/, " ")}`).join("");
}

function entries(value: { readonly [key: string]: Yaml }, indent: string): string {
  return Object.entries(value)
    .map(([key, entry]) => `\n${indent}${plain(key)}:${block(entry, `${indent}  `)}`)
    .join("");
}

function isList(value: Yaml): value is readonly Yaml[] {
  return Array.isArray(value);
}

function isPlain(value: Yaml): value is string | number | boolean {
  return typeof value !== "object";
}

/** A scalar; a text in quotes wherever YAML could take it for something else. */
function plain(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  const harmless =
    /^[a-zA-Z/_][\w./+*-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return harmless ? value : JSON.stringify(value);
}
