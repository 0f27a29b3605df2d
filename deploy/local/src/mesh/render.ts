import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Fills in the `${NAMES}` of a text. They stand inside double quotes, so values are escaped for there; a name without
 * a value is a mistake of ours and an error.
 */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{([A-Z_]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for \${${name}}`);
    return JSON.stringify(value).slice(1, -1);
  });
}

/** Renders the files of deploy/dapr into a folder, which then holds these and nothing older. */
export async function renderFolder(
  from: string,
  to: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true, mode: 0o700 });
  await cp(from, to, { recursive: true, filter: (file) => !file.endsWith(".md") });
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    await writeFile(file, fillIn(await readFile(file, "utf8"), values), { mode: 0o600 });
  }
}
