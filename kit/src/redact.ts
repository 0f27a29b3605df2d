/** Names of fields whose values never reach a log: credentials, and the text of users. */
const secretNames =
  /^(authorization|cookie|set-cookie|title|description|email|notes?|content|body|bytes|value)$|pass(word|phrase)|secret|token|credential|assertion|(api|signing|private|master)[-_]?key/i;
/** Credentials inside of text: bearer values, JSON Web Tokens, personal access tokens, passwords of URLs. */
const secretText =
  /\bBearer\s+\S+|\beyJ[\w-]+\.[\w-]+\.[\w-]*|todo_pat_[\w-]+|(?<=:\/\/[^\s:@/]{0,64}:)[^\s@/]+(?=@)/gi;
const hidden = "[redacted]";
const maxDepth = 6;
const maxItems = 100;
const maxText = 8_192;

/** A copy of a value that is safe to log: secrets replaced, errors flattened, depth, length and number bounded. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= maxDepth) return "[too deep]";
  if (value instanceof Headers || value instanceof Map) return redact(Object.fromEntries(value), depth);
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => redact(item, depth + 1));
  return redactFields(value, depth);
}

function redactFields(value: object, depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value).slice(0, maxItems)) {
    safe[name] = secretNames.test(name) ? hidden : redact(field, depth + 1);
  }
  return safe;
}

function redactText(text: string): string {
  const short = text.length > maxText ? `${text.slice(0, maxText)}…` : text;
  // The pattern is costly on the many strings that cannot match.
  return /:\/\/|eyJ|bearer|todo_pat_/i.test(short) ? short.replaceAll(secretText, hidden) : short;
}

/** Fields of errors that say what went wrong without saying with which values. */
const errorFields = [
  "code",
  "errno",
  "syscall",
  "reason",
  "metadata",
  "severity",
  "schema",
  "table",
  "column",
  "constraint",
  "routine",
] as const;

function redactError(error: Error, depth: number): Record<string, unknown> {
  if (depth >= maxDepth) return { type: error.name };
  const fields = error as unknown as Record<string, unknown>;
  const safe: Record<string, unknown> = { type: error.name, message: errorText(error) };
  for (const name of errorFields) {
    if (fields[name] !== undefined) safe[name] = redact(fields[name], depth + 1);
  }
  safe["stack"] = frames(error);
  if (error.cause !== undefined) safe["cause"] = redact(error.cause, depth + 1);
  if (error instanceof AggregateError) {
    safe["errors"] = error.errors.slice(0, 10).map((one) => redact(one, depth + 1));
  }
  return safe;
}

/** The classes of SQLSTATE (PostgreSQL, appendix A) whose messages speak of the database and not of values. */
const valueFreeClasses = new Set([
  "08",
  "25",
  "26",
  "28",
  "3D",
  "3F",
  "40",
  "42",
  "53",
  "54",
  "55",
  "57",
  "58",
  "XX",
]);

function errorText(error: Error): string {
  const { code } = error as { code?: unknown };
  if (typeof code !== "string" || !/^[0-9A-Z]{5}$/.test(code)) return redactText(error.message);
  if (!valueFreeClasses.has(code.slice(0, 2))) return `SQLSTATE ${code}`;
  // Object-relational mappers put the statement with its parameters in front of the database's own text.
  return redactText(error.message.slice(error.message.lastIndexOf(" - ") + 1).replace(/^- /, ""));
}

/** The frames of a stack without its first lines, which repeat the message. */
function frames(error: Error): string[] {
  return (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 20)
    .map((line) => line.trim());
}
