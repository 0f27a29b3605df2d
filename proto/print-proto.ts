import type { DescEnum, DescExtension, DescField, DescFile, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";

/**
 * Prints a proto2 file from its descriptor, without options and comments: enough for a compiler to read the
 * extensions it defines. For contracts whose text no package ships.
 */
export function printProto(file: DescFile): string {
  const lines = [`syntax = "proto2";`, `package ${file.proto.package};`];
  for (const dependency of file.proto.dependency) lines.push(`import "${dependency}";`);
  for (const item of file.enums) lines.push(...printEnum(item));
  for (const item of file.messages) lines.push(...printMessage(item));
  for (const item of file.extensions) lines.push(...printExtension(item));
  return `${lines.join("\n")}\n`;
}

function printEnum(item: DescEnum): string[] {
  return [`enum ${item.name} {`, ...item.values.map((value) => `${value.name} = ${value.number};`), "}"];
}

function printMessage(item: DescMessage): string[] {
  const plain = item.fields.filter((field) => field.oneof === undefined).map(printField);
  const oneofs = item.oneofs.flatMap((oneof) => [
    `oneof ${oneof.name} {`,
    ...oneof.fields.map((field) => `${typeName(field)} ${field.name} = ${field.number};`),
    "}",
  ]);
  return [
    `message ${item.name} {`,
    ...item.nestedEnums.flatMap(printEnum),
    ...item.nestedMessages.flatMap(printMessage),
    ...plain,
    ...oneofs,
    ...item.nestedExtensions.flatMap(printExtension),
    ...item.proto.extensionRange.map((range) => `extensions ${range.start} to ${extensionEnd(range.end)};`),
    "}",
  ];
}

/** The upper end of a descriptor's extension range is exclusive, and 536,870,912 means "max". */
function extensionEnd(end: number): string {
  return end >= 536_870_912 ? "max" : String(end - 1);
}

function printField(field: DescField): string {
  if (field.fieldKind === "map") {
    throw new Error(`${field.toString()}: map fields are not printed`);
  }
  return `${field.fieldKind === "list" ? "repeated" : "optional"} ${typeName(field)} ${field.name} = ${field.number};`;
}

function printExtension(item: DescExtension): string[] {
  const label = item.fieldKind === "list" ? "repeated" : "optional";
  return [
    `extend .${item.extendee.typeName} {`,
    `${label} ${typeName(item)} ${item.name} = ${item.number};`,
    "}",
  ];
}

function typeName(field: DescField | DescExtension): string {
  if (field.message !== undefined) return `.${field.message.typeName}`;
  if (field.enum !== undefined) return `.${field.enum.typeName}`;
  if (field.scalar === undefined) throw new Error("a field without a type");
  return (ScalarType[field.scalar] as string).toLowerCase();
}
