import { type DescField, type DescOneof, getOption, hasOption } from "@bufbuild/protobuf";
import type { Path } from "@bufbuild/protobuf/reflect";
import {
  type FieldRules,
  field as fieldRules,
  oneof as oneofRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/** The rules that the contract has for what a path leads to: a field, an item of a list, a key or value of a map. */
export function rulesAt(path: Path, forKey = false): FieldRules["type"] | undefined {
  const last = path.findLastIndex(({ kind }) => kind === "field");
  const field = path[last];
  if (field?.kind !== "field") return undefined;
  const type = rulesOf(field)?.type;
  const isInside = last < path.length - 1;
  if (!isInside && !forKey) return type;
  if (type?.case === "repeated") return type.value.items?.type;
  if (type?.case === "map") return (forKey ? type.value.keys : type.value.values)?.type;
  return undefined;
}

export function rulesOf(field: DescField): FieldRules | undefined {
  return hasOption(field, fieldRules) ? getOption(field, fieldRules) : undefined;
}

/** Whether the contract demands that one of a oneof's fields is given. */
export function needsOne(oneof: DescOneof): boolean {
  return hasOption(oneof, oneofRules) && getOption(oneof, oneofRules).required;
}
