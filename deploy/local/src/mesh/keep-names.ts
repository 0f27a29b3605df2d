import { type Name, restoreNames } from "./names.ts";

const everyMs = 1_000;

/**
 * Keeps the names of the sidecars that run in the file by which they find each other (ADR 18).
 * @param o.names whose names are to be found now
 */
export function keepNames(o: {
  file: string;
  names: () => readonly Name[];
  report: (line: string) => void;
}): Disposable {
  let known: readonly Name[] = [];
  let failing = false;
  const look = () => {
    const names = o.names();
    // What the launcher itself knows of (a start, a stop, a death) is no news.
    const expected = JSON.stringify(names) === JSON.stringify(known);
    known = names;
    try {
      const mended = restoreNames(o.file, names);
      if (mended !== undefined && expected) o.report(`The names of the sidecars were mended: ${mended}`);
      failing = false;
    } catch (error) {
      // Lookups go on beside a lock, so it needs no haste; the next look tries again.
      if (!failing) o.report(`The names of the sidecars cannot be looked at yet: ${messageOf(error)}`);
      failing = true;
    }
  };
  const timer = setInterval(look, everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
