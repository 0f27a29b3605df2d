import type { DescEnum, DescOneof } from "@bufbuild/protobuf";
import { type Path, pathToString } from "@bufbuild/protobuf/reflect";
import type { Violation } from "@bufbuild/protovalidate";
import type { FieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { patterns } from "./patterns.ts";
import { rulesAt } from "./rules-at.ts";

type Rules = FieldRules["type"];
type Phrase = (rules: Record<string, unknown>, path: Path, hint: string) => string;

/**
 * What a broken rule asks for, as one sentence in the names of the contract, such as `title must have at most 200
 * characters`. It holds what the contract says, and nothing of the request.
 */
export function sentenceOf({ ruleId, field, forKey, message }: Violation): string {
  const phrase = phrases[ruleId];
  // What protovalidate says itself repeats no value either.
  const text =
    phrase?.(valuesOf(rulesAt(field, forKey)), field, message) ?? `is not as it must be: ${message}`;
  const path = pathToString(field);
  return `${path === "" ? "the request" : forKey ? `a key of ${path}` : path} ${text}`;
}

/** Whether a rule has a sentence of its own; for a pattern, whether that one has. */
export function hasSentence(ruleId: string, pattern?: string): boolean {
  return ruleId in phrases && (pattern === undefined || pattern in patterns);
}

const phrases: Readonly<Record<string, Phrase>> = {
  required: (_, path) => {
    const last = path.at(-1);
    return last?.kind === "oneof" ? `must be given: one of ${membersOf(last)}` : "must be given";
  },
  "string.min_len": ({ minLen }) => atLeast(minLen, "characters"),
  "string.max_len": ({ maxLen }) => `must have at most ${maxLen} characters`,
  "string.pattern": ({ pattern }) => patterns[String(pattern)] ?? "must have the form that the contract says",
  "string.uuid": () => "must be a UUID such as 018f0000-0000-7000-8000-000000000000",
  "string.uuid_empty": () => "must be a UUID and is empty",
  "string.nul": () => "must not have the character NUL",
  "enum.defined_only": (_, path) => oneOf(path),
  "enum.not_in": (_, path) => oneOf(path),
  "repeated.min_items": ({ minItems }) => atLeast(minItems, "entries"),
  "repeated.max_items": ({ maxItems }) => `must have at most ${maxItems} entries`,
  "repeated.unique": () => "must have each entry once",
  "uint32.lte": ({ lessThan }) => `must be at most ${bound(lessThan)}`,
  "uint64.gte": ({ greaterThan }) => `must be at least ${bound(greaterThan)}`,
  "field_mask.empty": () => "must name at least one field",
  "field_mask.in": ({ in: names }, _, hint) => `must name fields of ${(names as string[]).join(", ")}${hint}`,
  "field_mask.unnamed": () => "is given, but the mask does not name it",
  "timestamp.range": () => "must lie in the years 1 to 9999",
  "duration.range": () => "must be at most 10,000 years",
};

function valuesOf(rules: Rules | undefined): Record<string, unknown> {
  return (rules?.value ?? {}) as unknown as Record<string, unknown>;
}

function atLeast(least: unknown, what: string): string {
  return Number(least) === 1 ? "must not be empty" : `must have at least ${least} ${what}`;
}

function bound(limit: unknown): unknown {
  return (limit as { value?: unknown }).value;
}

function membersOf({ fields }: DescOneof): string {
  return fields.map(({ name }) => name).join(", ");
}

function oneOf(path: Path): string {
  const field = path.findLast(({ kind }) => kind === "field");
  const desc = field?.kind === "field" ? field.enum : undefined;
  return `must be one of ${desc === undefined ? "its values" : choicesOf(desc)}`;
}

/** The names of an enum's values, without the one for what is not said. */
export function choicesOf({ values }: DescEnum): string {
  const said = values.filter(({ name, number }) => number !== 0 || !/(^|_)UNSPECIFIED$/.test(name));
  return said.map(({ name }) => name).join(", ");
}
