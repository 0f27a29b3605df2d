/** A number as it was written, so that none loses digits before its field says what it is. */
export class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** An object with its members as they came, names that stand twice included. */
export class JsonObject {
  readonly members: readonly (readonly [name: string, value: JsonValue])[];

  constructor(members: readonly (readonly [string, JsonValue])[]) {
    this.members = members;
  }
}

export type JsonValue = null | boolean | string | JsonNumber | JsonObject | readonly JsonValue[];

/** Why a text is no JSON. The message says what and where, and nothing of the text. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
}

/** As deep as Protobuf's readers go. */
const maxDepth = 100;
const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** A string without escapes, which most are. */
const plain = /"[ !#-[\]-\uffff]*"/y;
const string = /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*"/y;
const literals: readonly (readonly [string, null | boolean])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

/** Reads a JSON text (RFC 8259). Throws JsonSyntaxError. */
export function parseJson(text: string): JsonValue {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonValue {
    if (depth > maxDepth) throw this.#error(`it is nested deeper than ${maxDepth}`);
    this.#match(space);
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#list(depth);
      case '"':
        return this.#string();
      default:
        return this.#scalar();
    }
  }

  end(): void {
    this.#match(space);
    if (this.#at < this.#text.length) throw this.#error("it goes on after its end");
  }

  #object(depth: number): JsonObject {
    const members: [string, JsonValue][] = [];
    this.#at++;
    if (this.#take("}")) return new JsonObject(members);
    do {
      this.#match(space);
      if (this.#text[this.#at] !== '"') throw this.#error("a name in quotes is missing");
      const name = this.#string();
      if (!this.#take(":")) throw this.#error("a colon is missing after a name");
      members.push([name, this.value(depth + 1)]);
    } while (this.#take(","));
    if (!this.#take("}")) throw this.#error("a comma or } is missing");
    return new JsonObject(members);
  }

  #list(depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    this.#at++;
    if (this.#take("]")) return items;
    do items.push(this.value(depth + 1));
    while (this.#take(","));
    if (!this.#take("]")) throw this.#error("a comma or ] is missing");
    return items;
  }

  #string(): string {
    const simple = this.#match(plain);
    if (simple !== undefined) return simple.slice(1, -1);
    const escaped = this.#match(string);
    if (escaped === undefined)
      throw this.#error("a string is not ended, or has a character that must be escaped");
    return JSON.parse(escaped) as string;
  }

  #scalar(): JsonValue {
    const source = this.#match(number);
    if (source !== undefined) return new JsonNumber(source);
    for (const [word, value] of literals) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    throw this.#error("a value is missing");
  }

  /** Takes a character that may have space before it. */
  #take(character: string): boolean {
    this.#match(space);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #error(what: string): JsonSyntaxError {
    const lines = this.#text.slice(0, this.#at).split("\n");
    const where = `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
    const ended = this.#at >= this.#text.length;
    return new JsonSyntaxError(ended ? `it ends too early, at ${where}` : `${what}, at ${where}`);
  }
}
