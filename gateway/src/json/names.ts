import type { DescEnum, DescField, DescMessage } from "@bufbuild/protobuf";
import { closest } from "@todo/kit/closest";

/** The fields of a message by their names in JSON and in the contract: both are taken (ProtoJSON). */
export function fieldsOf(desc: DescMessage): ReadonlyMap<string, DescField> {
  let fields = fieldMaps.get(desc);
  if (fields === undefined) {
    fields = new Map(
      desc.fields.flatMap(
        (field) =>
          [
            [field.name, field],
            [field.jsonName, field],
          ] as const,
      ),
    );
    fieldMaps.set(desc, fields);
  }
  return fields;
}

const fieldMaps = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

/** The numbers of an enum by their names, whole and without the prefix that all have in common. */
export function numbersOf(desc: DescEnum): ReadonlyMap<string, number> {
  let numbers = numberMaps.get(desc);
  if (numbers === undefined) {
    const prefix = desc.sharedPrefix?.length ?? 0;
    const short = desc.values.map(({ name, number }) => [name.slice(prefix), number] as const);
    numbers = new Map([...short, ...desc.values.map(({ name, number }) => [name, number] as const)]);
    numberMaps.set(desc, numbers);
  }
  return numbers;
}

const numberMaps = new WeakMap<DescEnum, ReadonlyMap<string, number>>();

/** What was probably meant by a name that is no field: a field at this place, or one just below it by its very name. */
export function fieldMeant(name: string, desc: DescMessage): string | undefined {
  const near = closest(
    name,
    desc.fields.map(({ jsonName }) => jsonName),
  );
  if (near !== undefined) return near;
  for (const { jsonName, message, fieldKind } of desc.fields) {
    const below = fieldKind === "message" ? message : undefined;
    const same = below?.fields.find((field) => field.jsonName === name || field.name === name);
    if (same !== undefined) return `${jsonName}.${same.jsonName}`;
  }
  return undefined;
}

/** What was probably meant by a name that an enum does not have. */
export function enumMeant(name: string, desc: DescEnum): string | undefined {
  const meant = closest(name, numbersOf(desc).keys());
  return meant === undefined ? undefined : desc.value[numbersOf(desc).get(meant) ?? 0]?.name;
}

/** A name that was sent, short and in plain letters, so that it can stand in a sentence. */
export function shown(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]/g, "?");
  return plain.length > 64 ? `${plain.slice(0, 64)}...` : plain;
}
