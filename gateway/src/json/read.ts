import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescOneof,
  ScalarType,
} from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { choicesOf } from "@todo/kit/rules/sentence";
import { enumMeant, fieldMeant, fieldsOf, numbersOf, shown } from "#src/json/names.ts";
import { maxProblems, type Problem } from "#src/json/problem.ts";
import { type Read, readKey, readScalar } from "#src/json/scalar.ts";
import { JsonNumber, JsonObject, type JsonValue } from "#src/json/text.ts";
import { wellKnown } from "#src/json/well-known.ts";

/** A value in the form that JSON.stringify takes. */
type Plain = unknown;

/** What a single value is: one of the three. */
interface Type {
  scalar?: ScalarType | undefined;
  enum?: DescEnum | undefined;
  message?: DescMessage | undefined;
}

/**
 * Reads a request strictly by its contract: everything in it has a place and a meaning there, or there is a problem.
 *
 * The result is the same request as Protobuf's own reader takes it. That one would pass over what it does not know, takes
 * 30 February, and names neither the place nor what would be right.
 */
export function readMessage(desc: DescMessage, value: JsonValue, problems: Problem[]): Plain {
  return new Walk(problems).message(desc, value, "");
}

class Walk {
  readonly #problems: Problem[];

  constructor(problems: Problem[]) {
    this.#problems = problems;
  }

  message(desc: DescMessage, value: JsonValue, path: string): Plain {
    const read = wellKnown(desc);
    if (read !== undefined) return this.#taken(read(value), path);
    if (isWrapperDesc(desc)) return this.#taken(readScalar(desc.fields[0].scalar, value), path);
    if (!(value instanceof JsonObject)) return this.#problem(path, "TYPE_WRONG", "must be a JSON object");
    const result: Record<string, Plain> = Object.create(null);
    const seen = new Set<DescField>();
    const chosen = new Map<DescOneof, DescField>();
    for (const [name, inner] of value.members) {
      if (this.#problems.length >= maxProblems) break;
      const field = fieldsOf(desc).get(name);
      if (field === undefined) {
        this.#unknown(desc, name, path);
        continue;
      }
      const place = below(path, field.jsonName);
      if (seen.has(field)) this.#problem(place, "FIELD_REPEATED", "is given twice");
      seen.add(field);
      if (inner === null) continue;
      if (field.oneof) this.#choose(field.oneof, field, chosen, place);
      result[field.jsonName] = this.#field(field, inner, place);
    }
    return result;
  }

  #unknown(desc: DescMessage, name: string, path: string): void {
    const meant = fieldMeant(name, desc);
    const proposal = meant === undefined ? "" : `: did you mean ${meant}?`;
    this.#problem(below(path, shown(name)), "FIELD_UNKNOWN", `is no field of ${desc.name}${proposal}`);
  }

  #choose(oneof: DescOneof, field: DescField, chosen: Map<DescOneof, DescField>, path: string): void {
    const other = chosen.get(oneof);
    chosen.set(oneof, field);
    if (other === undefined || other === field) return;
    this.#problem(path, "FIELD_REPEATED", `cannot be given together with ${other.jsonName}`);
  }

  #field(field: DescField, value: JsonValue, path: string): Plain {
    if (field.fieldKind === "list") return this.#list(field, value, path);
    if (field.fieldKind === "map") return this.#map(field, value, path);
    return this.#single(field, value, path);
  }

  #single(type: Type, value: JsonValue, path: string): Plain {
    if (type.message !== undefined) return this.message(type.message, value, path);
    if (type.enum !== undefined) return this.#enum(type.enum, value, path);
    return this.#taken(readScalar(type.scalar ?? ScalarType.STRING, value), path);
  }

  #list(field: DescField & { fieldKind: "list" }, value: JsonValue, path: string): Plain {
    if (!Array.isArray(value)) return this.#problem(path, "TYPE_WRONG", "must be a list");
    return value.map((item: JsonValue, index) => {
      if (this.#problems.length >= maxProblems) return null;
      const place = `${path}[${index}]`;
      return item === null
        ? this.#problem(place, "TYPE_WRONG", "must not be null")
        : this.#single(field, item, place);
    });
  }

  #map(field: DescField & { fieldKind: "map" }, value: JsonValue, path: string): Plain {
    if (!(value instanceof JsonObject)) return this.#problem(path, "TYPE_WRONG", "must be a JSON object");
    const result: Record<string, Plain> = Object.create(null);
    for (const [name, inner] of value.members) {
      if (this.#problems.length >= maxProblems) break;
      const key = String(this.#taken(readKey(field.mapKey, name), `a key of ${path}`));
      const place = `${path}["${shown(key)}"]`;
      if (key in result) this.#problem(place, "FIELD_REPEATED", "is given twice");
      if (inner === null) this.#problem(place, "TYPE_WRONG", "must not be null");
      else result[key] = this.#single(field, inner, place);
    }
    return result;
  }

  /** Names are taken whole and short; numbers are, as ProtoJSON has it, but none without a meaning. */
  #enum(desc: DescEnum, value: JsonValue, path: string): Plain {
    const number =
      typeof value === "string"
        ? numbersOf(desc).get(value)
        : value instanceof JsonNumber
          ? desc.value[Number(value.source)]?.number
          : undefined;
    if (number !== undefined) return number;
    const meant = typeof value === "string" ? enumMeant(value, desc) : undefined;
    const proposal = meant === undefined ? "" : `: did you mean ${meant}?`;
    return this.#problem(path, "ENUM_UNKNOWN", `must be one of ${choicesOf(desc)}${proposal}`);
  }

  #taken(read: Read | Omit<Problem, "field">, path: string): Plain {
    return "value" in read ? read.value : this.#problem(path, read.kind, read.text);
  }

  #problem(field: string, kind: Problem["kind"], text: string): null {
    this.#problems.push({ field, kind, text });
    return null;
  }
}

function below(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
