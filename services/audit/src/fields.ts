import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";

/** The names of the fields a message carries, with those of messages inside it as `task.title`. */
export function fieldNames(desc: DescMessage, message: Message): string[] {
  return namesIn(reflect(desc, message), "");
}

function namesIn(message: ReflectMessage, prefix: string): string[] {
  return message.fields
    .filter((field) => message.isSet(field))
    .flatMap((field) => {
      const name = `${prefix}${field.name}`;
      return isNested(field) ? namesIn(message.get(field) as ReflectMessage, `${name}.`) : [name];
    });
}

// A timestamp or a duration is a value: only our own messages are opened.
function isNested(field: DescField): boolean {
  return field.fieldKind === "message" && field.message.typeName.startsWith("todo.");
}
