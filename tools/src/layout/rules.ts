export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The guide says 250 and leaves it to the reviewer; from here on it is not a matter of taste. */
const longest = { source: 300, test: 450 };

/** Names that say nothing about what is inside, or that hide it behind another file. */
const shapeless = /(^|\/)(utils?|helpers?|misc|common|index)\.ts$/;

/** Each breach of a rule of the tree, in one line. */
export function breaches(files: readonly SourceFile[]): string[] {
  const each = files.flatMap(({ path, text }) => [
    ...nameOf(path),
    ...lengthOf(path, text),
    ...skipsIn(path, text),
  ]);
  return [...each, ...sharedNumbers(files.map(({ path }) => path))];
}

/** A decision is cited by its number. */
function sharedNumbers(paths: readonly string[]): string[] {
  const numbered = Map.groupBy(paths, (path) => /^docs\/adr\/(\d+)-/.exec(path)?.[1]);
  return [...numbered]
    .filter(([number, all]) => number !== undefined && all.length > 1)
    .map(([, all]) => `${all.join(" and ")}: decisions of one number`);
}

function nameOf(path: string): string[] {
  return shapeless.test(path) ? [`${path}: a name that says what is inside, please`] : [];
}

function lengthOf(path: string, text: string): string[] {
  if (path.endsWith(".md")) return [];
  const lines = text.split("\n").length - 1;
  const most = path.endsWith(".test.ts") ? longest.test : longest.source;
  return lines > most ? [`${path}: ${lines} lines ask for a split (${most} at most)`] : [];
}

/** A test that cannot run is a failure, never a skip. */
function skipsIn(path: string, text: string): string[] {
  const skip = /\b(it|test|describe)\.(skip|todo|skipIf|runIf|only)\b/.exec(text);
  return path.endsWith(".ts") && skip !== null ? [`${path}: ${skip[0]} leaves tests out`] : [];
}
