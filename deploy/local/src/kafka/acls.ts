import { type KafkaRight, kafkaRightsOf, kafkaUsers } from "@todo/kit/kafka-rights";
import kafkajs, { type AclEntry, type Admin } from "kafkajs";
import { eventually } from "../process/wait.ts";

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** The rights of the catalogue as the access control list of a cluster. */
export function wantedAcls(): AclEntry[] {
  return kafkaUsers().flatMap((app) => kafkaRightsOf(app).flatMap((right) => entriesOf(app, right)));
}

function entriesOf(user: string, { resource, name, pattern, operations }: KafkaRight): AclEntry[] {
  return operations.map((operation) => ({
    principal: `User:${user}`,
    host: "*",
    permissionType: AclPermissionTypes.ALLOW,
    operation: AclOperationTypes[operation.toUpperCase() as Uppercase<typeof operation>],
    resourceType: resource === "topic" ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
    resourceName: name,
    resourcePatternType: pattern === "literal" ? ResourcePatternTypes.LITERAL : ResourcePatternTypes.PREFIXED,
  }));
}

/**
 * Makes the list of a cluster of ours what the catalogue says: a right that was taken away there goes here. Waits until
 * it holds, since a broker learns of it some time after it was made.
 */
export async function ensureAcls(admin: Admin): Promise<void> {
  const { missing, surplus } = await difference(admin);
  if (missing.length > 0) await admin.createAcls({ acl: missing });
  if (surplus.length > 0) await admin.deleteAcls({ filters: surplus });
  const check = async () => {
    const left = await difference(admin);
    const wrong = left.missing.length + left.surplus.length;
    if (wrong > 0) throw new Error(`${wrong} rights are not as they should be`);
  };
  await eventually("the rights on Kafka do not hold", check, { within: 30_000 });
}

async function difference(admin: Admin): Promise<{ missing: AclEntry[]; surplus: AclEntry[] }> {
  const wanted = new Map(wantedAcls().map((entry) => [keyOf(entry), entry]));
  const found = new Map((await allAcls(admin)).map((entry) => [keyOf(entry), entry]));
  return {
    missing: [...wanted].filter(([key]) => !found.has(key)).map(([, entry]) => entry),
    surplus: [...found].filter(([key]) => !wanted.has(key)).map(([, entry]) => entry),
  };
}

async function allAcls(admin: Admin): Promise<AclEntry[]> {
  const { resources } = await admin.describeAcls({
    resourceType: AclResourceTypes.ANY,
    resourcePatternType: ResourcePatternTypes.ANY,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  });
  return resources.flatMap(({ acls, ...resource }) => acls.map((acl) => ({ ...resource, ...acl })));
}

function keyOf(entry: AclEntry): string {
  const { principal, host, operation, permissionType, resourceType, resourceName } = entry;
  return JSON.stringify([
    principal,
    host,
    operation,
    permissionType,
    resourceType,
    resourceName,
    entry.resourcePatternType,
  ]);
}
