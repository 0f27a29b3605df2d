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
  /** Values between commas, without white space around them. */
  list(name: string, options?: { default?: string[] }): string[];
}

/** Reads a configuration of the given shape. Throws a ConfigError that names all faults at once. */
export function readConfig<T>(
  env: Readonly<Record<string, string | undefined>>,
  shape: (read: EnvReader) => T,
): T {
  const faults: string[] = [];
  let config: T;
  try {
    config = shape(envReader(env, (fault) => faults.push(fault)));
  } catch (error) {
    // The shape may stumble over a stand-in: then the faults are the news, not the stumble.
    if (faults.length > 0) throw new ConfigError(faults);
    throw error;
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

function envReader(
  env: Readonly<Record<string, string | undefined>>,
  fault: (text: string) => void,
): EnvReader {
  const value = (name: string) => (env[name] === "" ? undefined : env[name]);
  /** The parsed value, the default, or a stand-in with a fault. `parse` answers with a text to refuse a value. */
  const read = <T>(
    name: string,
    fallback: T | undefined,
    standIn: T,
    parse: (text: string) => { value: T } | string,
  ): T => {
    const text = value(name);
    if (text === undefined) {
      if (fallback === undefined) fault(`${name} is not set`);
      return fallback ?? standIn;
    }
    const parsed = parse(text);
    if (typeof parsed !== "string") return parsed.value;
    fault(`${name} ${parsed}`);
    return standIn;
  };
  const integer = (name: string, o: { default?: number; min?: number; max?: number } = {}) =>
    read(name, o.default, 0, (text) => {
      const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = o;
      const number = Number(text);
      if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number)) return "is not a whole number";
      if (number < min) return `is less than ${min}`;
      return number > max ? `is more than ${max}` : { value: number };
    });
  return {
    optional: value,
    integer,
    port: (name, o = {}) => integer(name, { ...o, min: 0, max: 65_535 }),
    string: (name, o = {}) =>
      read(name, o.default, "", (text) =>
        o.pattern?.test(text) === false ? `does not match ${o.pattern.source}` : { value: text },
      ),
    url: (name, o = {}) =>
      read(name, o.default, "http://localhost", (text) => {
        const protocols = o.protocols ?? ["http", "https"];
        if (!URL.canParse(text)) return "is not an absolute URL";
        const protocol = new URL(text).protocol.slice(0, -1);
        return protocols.includes(protocol) ? { value: text } : `is no URL of ${protocols.join(" or ")}`;
      }),
    secret: (name, o = {}) => {
      const file = value(`${name}_FILE`);
      const check = (text: string) =>
        o.pattern?.test(text) === false ? `does not match ${o.pattern.source}` : { value: text };
      if (file === undefined) return read(name, o.default, "", check);
      return read(`${name}_FILE`, undefined, "", () => {
        const content = readSecretFile(file);
        return typeof content === "string" ? content : check(content.value);
      });
    },
    oneOf: <T extends string>(name: string, values: readonly T[], o: { default?: T } = {}) =>
      read(name, o.default, values[0] as T, (text) =>
        values.includes(text as T) ? { value: text as T } : `is none of ${values.join(", ")}`,
      ),
    list: (name, o = {}) =>
      read(name, o.default, [], (text) => ({
        value: text
          .split(",")
          .map((part) => part.trim())
          .filter((part) => part !== ""),
      })),
  };
}

function readSecretFile(path: string): { value: string } | string {
  try {
    const value = readFileSync(path, "utf8").trim();
    return value === "" ? "names an empty file" : { value };
  } catch (error) {
    return `names a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`;
  }
}
