import { kafkaRightsOf, kafkaUsers } from "@todo/kit/kafka-rights";
import { printYaml } from "./yaml.ts";

const head = `The access control list of Kafka: all users but the administrator, and what each may do. Everything else is refused.
Made by \`npm run generate\` from the event catalogue; do not edit.`;

/** Every file below deploy/kafka, path → text. */
export function kafkaFiles(): Record<string, string> {
  const users = kafkaUsers().map((name) => ({
    name,
    mechanism: "SCRAM-SHA-512",
    rights: kafkaRightsOf(name).map(({ resource, name: of, pattern, operations }) => ({
      resource,
      name: of,
      pattern,
      operations,
    })),
  }));
  return { "acls.yaml": printYaml(head, [{ users }]) };
}
