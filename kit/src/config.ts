import { readFileSync } from "node:fs";

/** A configuration that cannot be used. `faults` names everything that is wrong with it, one line each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`bad configuration:\n  ${faults.join("\n  ")}`);
    this.faults = faults;
  }
}

/**
 * Reads variables of the environment. An empty value counts as not set.
 *
 * A fault is noted and a stand-in returned, so that reading goes on and every fault is found in one run. The text of a
 * fault names the variable and the rule, and never repeats a value that may be secret.
 */
export interface EnvReader {
  string(name: string, options?: { default?: string; pattern?: RegExp }): string;
  optional(name: string): string | undefined;
  integer(name: string, options?: { default?: number; min?: number; max?: number }): number;
  /** A TCP port, 0 to 65535. 0 stands for any free one. */
  port(name: string, options?: { default?: number }): number;
  /** An absolute URL. `protocols` without colon, such as `["https"]`; without it `http` and `https`. */
  url(name: string, options?: { default?: string; protocols?: string[] }): string;
  /** The content of the file that `<name>_FILE` names, without white space around it; otherwise the value of `<name>`. */
  secret(name: string, options?: { default?: string; pattern?: RegExp }): string;
  oneOf<T extends string>(name: string, values: readonly T[], options?: { default?: T }): T;
  /** Values between commas, without white space around them. `each` says what all of them must be. */
  list(name: string, options?: { default?: string[]; each?: ListRule }): string[];
}

/** What each value of a list must be, and what is said of one that is not, such as `names no address`. */
export interface ListRule {
  test(value: string): boolean;
  rule: string;
}

/** Reads a configuration of the given shape. Throws a ConfigError that names all faults at once. */
export function readConfig<T>(
  env: Readonly<Record<string, string | undefined>>,
  shape: (read: EnvReader) => T,
): T {
  const reader = new Reader(env);
  let config: T;
  try {
    config = shape(reader);
  } catch (error) {
    // The shape may stumble over a stand-in: then the faults are the news, not the stumble.
    if (reader.faults.length > 0) throw new ConfigError(reader.faults);
    throw error;
  }
  if (reader.faults.length > 0) throw new ConfigError(reader.faults);
  return config;
}

/** A value, or what is wrong with the text it was to be made from. */
type Parsed<T> = { value: T } | string;

class Reader implements EnvReader {
  readonly faults: string[] = [];
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  optional(name: string): string | undefined {
    return this.#env[name] === "" ? undefined : this.#env[name];
  }

  string(name: string, o: { default?: string; pattern?: RegExp } = {}): string {
    return this.#read(name, o.default, "", (text) =>
      o.pattern?.test(text) === false ? `does not match ${o.pattern.source}` : { value: text },
    );
  }

  integer(name: string, o: { default?: number; min?: number; max?: number } = {}): number {
    return this.#read(name, o.default, 0, (text) => parseInteger(text, o));
  }

  port(name: string, o: { default?: number } = {}): number {
    return this.integer(name, { ...o, min: 0, max: 65_535 });
  }

  url(name: string, o: { default?: string; protocols?: string[] } = {}): string {
    const protocols = o.protocols ?? ["http", "https"];
    return this.#read(name, o.default, "http://localhost", (text) => {
      if (!URL.canParse(text)) return "is not an absolute URL";
      const protocol = new URL(text).protocol.slice(0, -1);
      return protocols.includes(protocol) ? { value: text } : `is no URL of ${protocols.join(" or ")}`;
    });
  }

  secret(name: string, o: { default?: string } = {}): string {
    const file = this.optional(`${name}_FILE`);
    if (file === undefined) return this.string(name, o);
    return this.#read(`${name}_FILE`, undefined, "", () => readSecretFile(file));
  }

  oneOf<T extends string>(name: string, values: readonly T[], o: { default?: T } = {}): T {
    return this.#read(name, o.default, values[0] as T, (text) =>
      values.includes(text as T) ? { value: text as T } : `is none of ${values.join(", ")}`,
    );
  }

  list(name: string, o: { default?: string[]; each?: ListRule } = {}): string[] {
    return this.#read(name, o.default, [], (text) => {
      const parts = text.split(",").map((part) => part.trim());
      const value = parts.filter((part) => part !== "");
      return o.each === undefined || value.every(o.each.test) ? { value } : o.each.rule;
    });
  }

  /** The parsed value or the default; with a fault, a stand-in. */
  #read<T>(name: string, fallback: T | undefined, standIn: T, parse: (text: string) => Parsed<T>): T {
    const text = this.optional(name);
    if (text === undefined) {
      if (fallback === undefined) this.faults.push(`${name} is not set`);
      return fallback ?? standIn;
    }
    const parsed = parse(text);
    if (typeof parsed !== "string") return parsed.value;
    this.faults.push(`${name} ${parsed}`);
    return standIn;
  }
}

function parseInteger(text: string, o: { min?: number; max?: number }): Parsed<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = o;
  const number = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number)) return "is not a whole number";
  if (number < min) return `is less than ${min}`;
  return number > max ? `is more than ${max}` : { value: number };
}

function readSecretFile(path: string): Parsed<string> {
  try {
    const value = readFileSync(path, "utf8").trim();
    return value === "" ? "names an empty file" : { value };
  } catch (error) {
    return `names a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`;
  }
}
