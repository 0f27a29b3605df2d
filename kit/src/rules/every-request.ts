import { type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import type { Path } from "@bufbuild/protobuf/reflect";
import type { Duration, FieldMask, Timestamp } from "@bufbuild/protobuf/wkt";
import { Violation } from "@bufbuild/protovalidate";
import { closest } from "../closest.ts";
import { rulesOf } from "./rules-at.ts";

type Values = Record<string, unknown>;
type Check = (values: Values, path: Path, found: Violation[]) => void;

/**
 * The rules that hold in every request without being written to each field: no text has the character NUL, which no
 * database column takes; instants lie in the years that Timestamp has; and an update mask names fields of its message,
 * one at least and each of those that are given.
 */
export function commonViolations(desc: DescMessage, message: Message): Violation[] {
  const found: Violation[] = [];
  for (const check of checksOf(desc)) check(message as unknown as Values, [], found);
  return found;
}

const compiled = new WeakMap<DescMessage, Check[]>();

function checksOf(desc: DescMessage): Check[] {
  const known = compiled.get(desc);
  if (known !== undefined) return known;
  const checks: Check[] = [];
  // Before it is filled: a message may hold itself.
  compiled.set(desc, checks);
  for (const field of desc.fields) {
    const check = checkOf(field);
    if (check !== undefined) checks.push(at(field, check));
    if (field.message?.typeName === "google.protobuf.FieldMask") checks.push(maskCheck(desc, field));
  }
  return checks;
}

type ValueCheck = (value: unknown, path: Path, found: Violation[]) => void;

/** Finds the value of a field in its message, if it is given. */
function at(field: DescField, check: ValueCheck): Check {
  const { oneof, localName } = field;
  return (values, path, found) => {
    const holder =
      oneof === undefined ? undefined : (values[oneof.localName] as { case?: string; value?: unknown });
    const value =
      oneof === undefined ? values[localName] : holder?.case === localName ? holder.value : undefined;
    if (value !== undefined) check(value, [...path, field], found);
  };
}

function checkOf(field: DescField): ValueCheck | undefined {
  const single = checkOfType(field);
  switch (field.fieldKind) {
    case "list":
      return single && ((value, path, found) => checkItems(single, value as unknown[], path, found));
    case "map":
      return (value, path, found) =>
        checkEntries(single, field.mapKey === ScalarType.STRING, value as Values, path, found);
    default:
      return single;
  }
}

function checkOfType({ scalar, message }: DescField): ValueCheck | undefined {
  if (scalar === ScalarType.STRING) return checkText;
  switch (message?.typeName) {
    case undefined:
      return undefined;
    case "google.protobuf.Timestamp":
      return checkTimestamp;
    case "google.protobuf.Duration":
      return checkDuration;
    default: {
      const checks = checksOf(message as DescMessage);
      return (value, path, found) => {
        for (const check of checks) check(value as Values, path, found);
      };
    }
  }
}

function checkItems(check: ValueCheck, items: unknown[], path: Path, found: Violation[]): void {
  for (const [index, item] of items.entries()) check(item, [...path, { kind: "list_sub", index }], found);
}

function checkEntries(
  check: ValueCheck | undefined,
  textKeys: boolean,
  entries: Values,
  path: Path,
  found: Violation[],
): void {
  for (const [key, value] of Object.entries(entries)) {
    if (textKeys && key.includes("\0")) found.push(new Violation("", "string.nul", path, [], true));
    check?.(value, [...path, { kind: "map_sub", key }], found);
  }
}

function checkText(value: unknown, path: Path, found: Violation[]): void {
  if ((value as string).includes("\0")) found.push(new Violation("", "string.nul", path, [], false));
}

function checkTimestamp(value: unknown, path: Path, found: Violation[]): void {
  const { seconds, nanos } = value as Timestamp;
  const inYears = seconds >= -62_135_596_800n && seconds <= 253_402_300_799n;
  if (inYears && nanos >= 0 && nanos <= 999_999_999) return;
  found.push(new Violation("", "timestamp.range", path, [], false));
}

function checkDuration(value: unknown, path: Path, found: Violation[]): void {
  const { seconds, nanos } = value as Duration;
  const inRange =
    seconds >= -315_576_000_000n && seconds <= 315_576_000_000n && Math.abs(nanos) <= 999_999_999;
  const oneSign = seconds === 0n || nanos === 0 || seconds > 0n === nanos > 0;
  if (!inRange || !oneSign) found.push(new Violation("", "duration.range", path, [], false));
}

/** Of a mask whose rule lists the fields that an update may change. A path below one of them would change all of it. */
function maskCheck(desc: DescMessage, mask: DescField): Check {
  const rules = rulesOf(mask)?.type;
  const names = new Set(rules?.case === "fieldMask" ? rules.value.in : []);
  const updatable = desc.fields.filter(({ name }) => names.has(name));
  return (values, path, found) => {
    const paths = (values[mask.localName] as FieldMask | undefined)?.paths;
    if (paths === undefined || names.size === 0) return;
    const violate = (ruleId: string, field: DescField, hint = "") =>
      found.push(new Violation(hint, ruleId, [...path, field], [], false));
    const strange = paths.find((name) => !names.has(name));
    if (paths.length === 0) violate("field_mask.empty", mask);
    else if (strange !== undefined) violate("field_mask.in", mask, proposal(strange, names));
    else {
      for (const field of updatable) {
        if (!paths.includes(field.name) && isGiven(values, field)) violate("field_mask.unnamed", field);
      }
    }
  };
}

function proposal(path: string, names: ReadonlySet<string>): string {
  const [head = ""] = path.split(".");
  const meant = closest(head, names);
  return meant === undefined ? "" : `: did you mean ${meant}?`;
}

/** Whether a field has another value than the one it has when nobody says anything. */
function isGiven(values: Values, { localName, oneof }: DescField): boolean {
  if (oneof !== undefined) return (values[oneof.localName] as { case?: string }).case === localName;
  const value = values[localName];
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Uint8Array) return value.byteLength > 0;
  return value !== undefined && value !== "" && value !== 0 && value !== 0n && value !== false;
}
